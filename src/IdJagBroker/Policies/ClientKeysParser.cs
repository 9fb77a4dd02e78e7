using System.Collections.Frozen;
using System.Text.Json;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Policies;

/// <summary>Reads <c>jwks</c> of a client, an administrator or an authorization server: a JWK set (RFC 7517 §5) written as YAML.</summary>
internal sealed class ClientKeysParser(CatalogEntryParser entry)
{
    /// <summary>RFC 7518 §6.2.2, §6.3.2 and §6.4.1: what only the owner of a key may have.</summary>
    public static readonly FrozenSet<string> PrivateMembers =
        FrozenSet.Create(StringComparer.Ordinal, "d", "p", "q", "dp", "dq", "qi", "oth", "k");

    /// <summary>The set, or null: not written, or refused because no key in it is usable or one is private.</summary>
    public JsonWebKeySet? Parse(YamlNode? node)
    {
        if (node is null || entry.Values.Fields(node, "jwks") is not { } fields) return null;
        var keys = fields.Required("keys");
        fields.End();
        if (keys is null) return null;
        var items = entry.Values.Items(keys, "keys", JsonWebKeySet.MaxKeys);
        if (items.Count is 0 || items.Any(HasPrivateMember)) return null;

        var set = JsonWebKeySet.TryParse(ToJson(items));
        if (set is null || set.Keys.IsEmpty)
        {
            entry.Problems.Error(keys.At, PolicyDiagnosticCode.JwksInvalid,
                "none of these keys is a usable public signature key: P-256, P-384, or RSA of at least 2048 bits");
            return null;
        }
        var ids = set.Keys.Select(key => key.KeyId).OfType<string>().ToList();
        if (ids.Distinct(StringComparer.Ordinal).Count() < ids.Count)   // SEC-11: a kid selects one key
            entry.Problems.Error(keys.At, PolicyDiagnosticCode.JwksInvalid, "two keys have the same kid");
        return set;
    }

    private bool HasPrivateMember(YamlNode key)
    {
        if (key is not YamlMap map) return false;
        if (map.Entries.FirstOrDefault(member => PrivateMembers.Contains(member.Key.Value)) is not { } found) return false;
        entry.Problems.ErrorWithoutSource(found.Key.At, PolicyDiagnosticCode.JwksPrivate,
            $"'{found.Key.Value}' is part of a private key: whoever read this file can act as its owner; make a new key and publish its public half");
        return true;
    }

    private static byte[] ToJson(IReadOnlyList<YamlNode> keys)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("keys");
            foreach (var key in keys) Write(json, key);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    private static void Write(Utf8JsonWriter json, YamlNode node)
    {
        switch (node)
        {
            case YamlMap map:
                json.WriteStartObject();
                foreach (var member in map.Entries)
                {
                    json.WritePropertyName(member.Key.Value);
                    Write(json, member.Value);
                }
                json.WriteEndObject();
                break;
            case YamlSequence list:
                json.WriteStartArray();
                foreach (var item in list.Items) Write(json, item);
                json.WriteEndArray();
                break;
            case YamlScalar { IsPlain: true, Value: "true" or "false" } flag:
                json.WriteBooleanValue(flag.Value is "true");
                break;
            case YamlScalar text:   // every member that is read is a string, also one that looks like a number
                json.WriteStringValue(text.Value);
                break;
            default:
                json.WriteNullValue();
                break;
        }
    }
}
