using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace IdJagBroker.StandIn;

/// <summary>Keys as Key Vault writes them.</summary>
internal static class KeyJson
{
    private const int RecoverableDays = 90;

    public static JsonObject Bundle(string vault, StoredKey key, KeyVersion version) => new()
    {
        ["key"] = PublicKey(vault, key, version),
        ["attributes"] = Attributes(version),
        ["tags"] = Tags(version),
    };

    public static JsonObject Item(string vault, StoredKey key, KeyVersion version, bool withVersion) => new()
    {
        ["kid"] = withVersion ? IdOf(vault, key, version) : $"{vault}keys/{key.Name}",
        ["attributes"] = Attributes(version),
        ["tags"] = Tags(version),
    };

    public static JsonObject Deleted(string vault, StoredKey key) => Buried(Bundle(vault, key, key.Current), vault, key);

    public static JsonObject DeletedItem(string vault, StoredKey key) => Buried(Item(vault, key, key.Current, withVersion: false), vault, key);

    private static JsonObject Buried(JsonObject bundle, string vault, StoredKey key)
    {
        bundle["recoveryId"] = $"{vault}deletedkeys/{key.Name}";
        bundle["deletedDate"] = key.DeletedAt!.Value.ToUnixTimeSeconds();
        bundle["scheduledPurgeDate"] = key.DeletedAt.Value.AddDays(RecoverableDays).ToUnixTimeSeconds();
        return bundle;
    }

    public static JsonObject RotationPolicy(string vault, StoredKey key, long now)
    {
        var policy = (JsonObject?)key.RotationPolicy?.DeepClone() ?? new JsonObject
        {
            ["lifetimeActions"] = new JsonArray(new JsonObject
            {
                ["trigger"] = new JsonObject { ["timeBeforeExpiry"] = "P30D" },
                ["action"] = new JsonObject { ["type"] = "Notify" },
            }),
            ["attributes"] = new JsonObject { ["created"] = now, ["updated"] = now },
        };
        policy["id"] = $"{vault}keys/{key.Name}/rotationpolicy";
        return policy;
    }

    public static string IdOf(string vault, StoredKey key, KeyVersion version) => $"{vault}keys/{key.Name}/{version.Version}";

    private static JsonObject PublicKey(string vault, StoredKey key, KeyVersion version)
    {
        var jwk = new JsonObject
        {
            ["kid"] = IdOf(vault, key, version),
            ["kty"] = version.KeyType,
            ["key_ops"] = new JsonArray([.. version.Operations.Select(operation => JsonValue.Create(operation))]),
        };
        if (version.Ec?.ExportParameters(false) is { } ec)
            (jwk["crv"], jwk["x"], jwk["y"]) = (version.Curve, Base64Url.EncodeToString(ec.Q.X), Base64Url.EncodeToString(ec.Q.Y));
        else if (version.Rsa!.ExportParameters(false) is { } rsa)
            (jwk["n"], jwk["e"]) = (Base64Url.EncodeToString(rsa.Modulus), Base64Url.EncodeToString(rsa.Exponent));
        return jwk;
    }

    private static JsonObject Attributes(KeyVersion version)
    {
        var attributes = new JsonObject
        {
            ["enabled"] = version.Enabled,
            ["created"] = version.Created,
            ["updated"] = version.Updated,
            ["recoveryLevel"] = "Recoverable+Purgeable",
            ["recoverableDays"] = RecoverableDays,
            ["exportable"] = version.Exportable,
        };
        if (version.NotBefore is { } nbf) attributes["nbf"] = nbf;
        if (version.Expires is { } exp) attributes["exp"] = exp;
        return attributes;
    }

    private static JsonObject Tags(KeyVersion version) => new(version.Tags.Select(tag => KeyValuePair.Create<string, JsonNode?>(tag.Key, tag.Value)));
}
