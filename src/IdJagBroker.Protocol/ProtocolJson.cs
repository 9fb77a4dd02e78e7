using System.Text.Json;
using System.Text.Json.Serialization;

namespace IdJagBroker.Protocol;

/// <summary>How this product writes JSON: a member without a value is left out, because a <c>null</c> breaks real clients.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = false)]
[JsonSerializable(typeof(AuthorizationServerMetadata))]
public sealed partial class ProtocolJson : JsonSerializerContext
{
    internal static void WriteOneOrMany(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string> values)
    {
        if (values.Count is 0) return;
        if (values.Count is 1)
        {
            json.WriteString(name, values[0]);
            return;
        }
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
