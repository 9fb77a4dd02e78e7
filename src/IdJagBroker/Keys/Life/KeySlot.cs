using System.Buffers;
using System.Text;
using System.Text.Json;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Keys.Life;

/// <summary>A place that one active key fills at a time: keys of one slot follow each other.</summary>
/// <param name="Purpose">What its keys sign.</param>
/// <param name="Algorithm">How.</param>
/// <param name="Place">Where they live, as their provider names it: several vaults share the load with a slot each.</param>
internal sealed record KeySlot(KeyPurpose Purpose, JwsAlgorithm Algorithm, string Place)
{
    public override string ToString() => $"{Purpose} {Algorithm} {Place}";

    /// <summary>A new key of this slot, as it is to be recorded.</summary>
    public SigningKeyRow NewKey(string provider, JsonWebKey publicKey, string reference, DateTimeOffset now) => new()
    {
        Kid = publicKey.Thumbprint,
        Purpose = Purpose,
        Algorithm = Algorithm.Name,
        Provider = provider,
        Place = Place,
        State = KeyState.Created,
        PublicJwk = JsonOf(publicKey),
        Reference = reference,
        CreatedAt = now,
    };

    private static string JsonOf(JsonWebKey key)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer)) key.WriteTo(json);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
