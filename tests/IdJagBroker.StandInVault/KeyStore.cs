using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace IdJagBroker.StandIn;

/// <summary>The keys, in memory, behind one lock. Each method is one operation of the REST API; what it gives is what is answered.</summary>
/// <param name="settling">How long a deletion or a recovery takes to show.</param>
internal sealed class KeyStore(TimeProvider time, TimeSpan settling, Func<int, RSA> makeRsa) : IDisposable
{
    private const int PageSize = 25;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, StoredKey> _keys = new(StringComparer.OrdinalIgnoreCase);

    public JsonObject Create(string vault, string name, JsonObject body) => Add(vault, name, now => Described(
        KeyVersion.Make(makeRsa, (string?)body["kty"], (string?)body["crv"], (int?)body["key_size"], Operations(body), now, (bool?)body["attributes"]?["exportable"] is true), body, now));

    public JsonObject Import(string vault, string name, JsonObject body) => Add(vault, name, now =>
    {
        if (body["key"] is not JsonObject jwk) throw VaultFailure.BadParameter("Property key is required.");
        return Described(KeyVersion.Import((string)jwk["kty"]!, (string?)jwk["crv"], Private(jwk), Operations(jwk), now), body, now);
    });

    public JsonObject Rotate(string vault, string name)
    {
        lock (_lock)
        {
            var key = Live(name);
            key.Versions.Add(key.Current.Next(makeRsa, Now));
            return KeyJson.Bundle(vault, key, key.Current);
        }
    }

    public JsonObject Get(string vault, string name, string? version)
    {
        lock (_lock)
        {
            var key = Live(name);
            return KeyJson.Bundle(vault, key, key.Find(version));
        }
    }

    public JsonObject Update(string vault, string name, string? version, JsonObject body)
    {
        lock (_lock)
        {
            var key = Live(name);
            var found = key.Find(version);
            if (Operations(body) is { } operations) found.Operations = [.. operations];
            Described(found, body, Now);
            return KeyJson.Bundle(vault, key, found);
        }
    }

    public JsonObject Perform(string vault, string name, string? version, string operation, JsonObject body)
    {
        lock (_lock)
        {
            var key = Live(name);
            var found = key.Find(version);
            return new JsonObject { ["kid"] = KeyJson.IdOf(vault, key, found), ["value"] = KeyOperation.Perform(operation, found, body, time.GetUtcNow()) };
        }
    }

    public JsonObject Delete(string vault, string name)
    {
        lock (_lock)
        {
            var key = Live(name);
            (key.DeletedAt, key.SettlesAt) = (time.GetUtcNow(), time.GetUtcNow() + settling);
            return KeyJson.Deleted(vault, key);
        }
    }

    public JsonObject GetDeleted(string vault, string name)
    {
        lock (_lock) return KeyJson.Deleted(vault, Deleted(name));
    }

    public JsonObject Recover(string vault, string name)
    {
        lock (_lock)
        {
            var key = Deleted(name);
            (key.DeletedAt, key.SettlesAt) = (null, time.GetUtcNow() + settling);
            return KeyJson.Bundle(vault, key, key.Current);
        }
    }

    public void Purge(string name)
    {
        lock (_lock)
        {
            var key = Deleted(name);
            _keys.Remove(name);
            key.Versions.ForEach(version => version.Dispose());
        }
    }

    public JsonObject RotationPolicy(string vault, string name, JsonObject? set)
    {
        lock (_lock)
        {
            var key = Live(name);
            if (set is not null)
            {
                var policy = (JsonObject)set.DeepClone();
                var attributes = policy["attributes"] as JsonObject ?? [];
                (attributes["created"], attributes["updated"]) = (Now, Now);
                if (attributes.Parent is null) policy["attributes"] = attributes;
                key.RotationPolicy = policy;
            }
            return KeyJson.RotationPolicy(vault, key, Now);
        }
    }

    public JsonObject List(string vault, int skip)
    {
        lock (_lock)
        {
            return Page(vault, "keys", skip, [.. _keys.Values.Where(key => key.DeletedAt is null).Select(key => KeyJson.Item(vault, key, key.Current, withVersion: false))]);
        }
    }

    public JsonObject ListDeleted(string vault, int skip)
    {
        lock (_lock) return Page(vault, "deletedkeys", skip, [.. _keys.Values.Where(key => key.DeletedAt is not null).Select(key => KeyJson.DeletedItem(vault, key))]);
    }

    public JsonObject ListVersions(string vault, string name, int skip)
    {
        lock (_lock)
        {
            var key = Live(name);
            return Page(vault, $"keys/{key.Name}/versions", skip, [.. key.Versions.Select(version => KeyJson.Item(vault, key, version, withVersion: true))]);
        }
    }

    /// <summary>What the throttle counts by; a plain key for a name that is not there.</summary>
    public (string KeyType, int Bits) KindOf(string name, string? version)
    {
        lock (_lock)
        {
            return _keys.TryGetValue(name, out var key) && (key.Versions.Find(one => one.Version == version) ?? key.Current) is { } found
                ? (found.KeyType, found.Key.KeySize) : ("EC", 256);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var version in _keys.Values.SelectMany(key => key.Versions)) version.Dispose();
            _keys.Clear();
        }
    }

    private long Now => time.GetUtcNow().ToUnixTimeSeconds();

    private JsonObject Add(string vault, string name, Func<long, KeyVersion> make)
    {
        if (name.Length > 127 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-')) throw VaultFailure.BadParameter($"The request URI contains an invalid name: {name}");
        var made = make(Now);       // outside the lock: RSA takes its time
        lock (_lock)
        {
            if (!_keys.TryGetValue(name, out var key)) _keys[name] = key = new StoredKey(name);
            if (key.DeletedAt is not null)
                throw new VaultFailure(409, "Conflict", $"Key {name} is currently in a deleted but recoverable state, and its name cannot be reused.", "ObjectIsDeletedButRecoverable");
            key.Versions.Add(made);
            return KeyJson.Bundle(vault, key, made);
        }
    }

    private StoredKey Live(string name) =>
        _keys.TryGetValue(name, out var key) && key.DeletedAt is null && time.GetUtcNow() >= key.SettlesAt ? key : throw VaultFailure.KeyNotFound(name);

    private StoredKey Deleted(string name) =>
        _keys.TryGetValue(name, out var key) && key.DeletedAt is not null && time.GetUtcNow() >= key.SettlesAt
            ? key : throw new VaultFailure(404, "KeyNotFound", $"Deleted Key not found: {name}");

    private static JsonObject Page(string vault, string path, int skip, List<JsonObject> all) => new()
    {
        ["value"] = new JsonArray([.. all.Skip(skip).Take(PageSize)]),
        ["nextLink"] = skip + PageSize < all.Count ? $"{vault}{path}?api-version=7.4&$skiptoken={skip + PageSize}&maxresults={PageSize}" : null,
    };

    private static IEnumerable<string>? Operations(JsonObject body) => body["key_ops"] is JsonArray ops ? [.. ops.Select(op => (string)op!)] : null;

    private static KeyVersion Described(KeyVersion version, JsonObject body, long now)
    {
        version.Updated = now;
        if (body["attributes"] is JsonObject attributes)
        {
            if (attributes["enabled"] is { } enabled) version.Enabled = (bool)enabled;
            if (attributes["nbf"] is { } nbf) version.NotBefore = (long)nbf;
            if (attributes["exp"] is { } exp) version.Expires = (long)exp;
        }
        if (body["tags"] is JsonObject tags) version.Tags = tags.ToDictionary(tag => tag.Key, tag => (string)tag.Value!);
        return version;
    }

    private static AsymmetricAlgorithm Private(JsonObject jwk)
    {
        byte[] Bytes(string name) => Base64Url.DecodeFromChars((string)jwk[name]!);
        if (((string)jwk["kty"]!).StartsWith("EC", StringComparison.Ordinal))
        {
            var curve = (string?)jwk["crv"] is "P-384" ? ECCurve.NamedCurves.nistP384 : ECCurve.NamedCurves.nistP256;
            return ECDsa.Create(new ECParameters { Curve = curve, D = Bytes("d"), Q = new ECPoint { X = Bytes("x"), Y = Bytes("y") } });
        }
        return RSA.Create(new RSAParameters
        {
            Modulus = Bytes("n"), Exponent = Bytes("e"), D = Bytes("d"), P = Bytes("p"), Q = Bytes("q"), DP = Bytes("dp"), DQ = Bytes("dq"), InverseQ = Bytes("qi"),
        });
    }
}
