using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Keys.KeyVault;

/// <summary>
/// An answer of the vault, read strictly: it must be about the key that was asked for. Erased when done with, since it can hold an
/// unwrapped key.
/// </summary>
internal sealed class VaultAnswer : IDisposable
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    private readonly byte[] _bytes;
    private readonly JsonDocument _document;

    /// <exception cref="JsonException">It is not one JSON object.</exception>
    public VaultAnswer(byte[] bytes)
    {
        _bytes = bytes;
        _document = JsonDocument.Parse(bytes, Strict);
        if (_document.RootElement.ValueKind is not JsonValueKind.Object) throw new JsonException("Not an object.");
    }

    private JsonElement Root => _document.RootElement;

    /// <summary>The key, which must be <paramref name="asked"/>: of that vault, of that name, and of that version if it has one.</summary>
    public VaultKey Key(KeyVaultKeyId asked)
    {
        var jwk = Member(Root, "key");
        var id = IdOf(jwk, asked, "kid");
        if (id.Version is null) throw Unusable("it names no version");
        var (ec, rsa, kind) = PublicHalf(jwk);
        var attributes = Member(Root, "attributes");
        var exportable = attributes.TryGetProperty("exportable", out var flag) && flag.ValueKind is not JsonValueKind.False;
        return new VaultKey(id, kind, AttributesOf(attributes), OperationsOf(jwk), exportable)
        {
            Ec = ec,
            Rsa = rsa,
        };
    }

    /// <summary>What came of an operation with <paramref name="asked"/>; not longer than <paramref name="maxBytes"/>.</summary>
    public byte[] Result(KeyVaultKeyId asked, int maxBytes)
    {
        IdOf(Root, asked, "kid");
        var value = Member(Root, "value");
        if (value.ValueKind is not JsonValueKind.String) throw Unusable("its value is no text");
        // Not through a string, which cannot be erased.
        var text = JsonMarshal.GetRawUtf8Value(value)[1..^1];
        var bytes = new byte[maxBytes];
        if (Base64Url.DecodeFromUtf8(text, bytes, out _, out var written) is not System.Buffers.OperationStatus.Done) throw Unusable("its value is too long, or not base64url");
        if (written == maxBytes) return bytes;
        var result = bytes.AsSpan(0, written).ToArray();
        CryptographicOperations.ZeroMemory(bytes);
        return result;
    }

    /// <summary>One page of a list, and where the next is, if there is one.</summary>
    /// <param name="keyName">All entries must be versions of this key; null for a list of keys.</param>
    public (IReadOnlyList<VaultKeyVersion> Entries, Uri? Next) Page(VaultAddress vault, string? keyName)
    {
        var value = Member(Root, "value");
        if (value.ValueKind is not JsonValueKind.Array) throw Unusable("its value is no list");
        var entries = value.EnumerateArray().Select(item =>
        {
            if (!KeyVaultKeyId.TryParse(Text(item, "kid"), vault.IsLoopback, out var id) || id.Vault != vault || (keyName is not null && (id.Name != keyName || id.Version is null)))
                throw Unusable("it lists another key");
            return new VaultKeyVersion(id, AttributesOf(Member(item, "attributes")));
        }).ToList();
        if (!Root.TryGetProperty("nextLink", out var link) || link.ValueKind is JsonValueKind.Null) return (entries, null);
        if (Text(Root, "nextLink") is not { } next) throw Unusable("its next page is no address");
        if (next is "") return (entries, null);
        // Followed with our token: only on this vault.
        if (!Uri.TryCreate(next, UriKind.Absolute, out var uri) || !vault.Uri.IsBaseOf(uri) || uri.UserInfo is not "") throw Unusable("its next page is elsewhere");
        return (entries, uri);
    }

    public void Dispose()
    {
        _document.Dispose();
        CryptographicOperations.ZeroMemory(_bytes);
    }

    internal static KeyVaultUnavailableException Unusable(string why) => new($"The vault's answer cannot be used: {why}.");

    private static KeyVaultKeyId IdOf(JsonElement element, KeyVaultKeyId asked, string member)
    {
        if (!KeyVaultKeyId.TryParse(Text(element, member), asked.Vault.IsLoopback, out var id)) throw Unusable("it names no key");
        if (id.Vault != asked.Vault) throw Unusable("it is about a key of another vault");
        if (!string.Equals(id.Name, asked.Name, StringComparison.OrdinalIgnoreCase)) throw Unusable("it is about another key");
        if (asked.Version is not null && id.Version != asked.Version) throw Unusable("it is about another version");
        return id with { Name = asked.Name };
    }

    // The members go through JsonWebKey, which knows what a key may be: on its curve, of full length, no even modulus.
    private static (ECParameters?, RSAParameters?, VaultKeyKind) PublicHalf(JsonElement jwk)
    {
        var type = Text(jwk, "kty");
        var inHardware = type?.EndsWith("-HSM", StringComparison.Ordinal) is true;
        string[] members = type switch { "EC" or "EC-HSM" => ["crv", "x", "y"], "RSA" or "RSA-HSM" => ["n", "e"], _ => throw Unusable("it is no EC or RSA key") };
        var plain = members.ToDictionary(name => name, name => Text(jwk, name) ?? "");
        plain["kty"] = members.Length is 3 ? "EC" : "RSA";
        if (JsonWebKey.TryRead(JsonSerializer.SerializeToElement(plain)) is not { } key) throw Unusable("its public key is not a usable one");
        if (key.Curve is null)
        {
            var rsa = new RSAParameters { Modulus = Base64Url.DecodeFromChars(plain["n"]), Exponent = Base64Url.DecodeFromChars(plain["e"]) };
            return (null, rsa, new("RSA", null, rsa.Modulus.Length * 8, inHardware));
        }
        var curve = key.Curve is "P-256" ? ECCurve.NamedCurves.nistP256 : ECCurve.NamedCurves.nistP384;
        var point = new ECPoint { X = Base64Url.DecodeFromChars(plain["x"]), Y = Base64Url.DecodeFromChars(plain["y"]) };
        return (new ECParameters { Curve = curve, Q = point }, null, new("EC", key.Curve, point.X.Length * 8, inHardware));
    }

    private static VaultKeyAttributes AttributesOf(JsonElement attributes)
    {
        if (Time(attributes, "created") is not { } created || !attributes.TryGetProperty("enabled", out var enabled)) throw Unusable("its attributes are incomplete");
        return new(enabled.ValueKind is JsonValueKind.True, created, Time(attributes, "nbf"), Time(attributes, "exp"));
    }

    private static HashSet<string> OperationsOf(JsonElement jwk) =>
        jwk.TryGetProperty("key_ops", out var ops) && ops.ValueKind is JsonValueKind.Array
            ? [.. ops.EnumerateArray().Select(TextOf).OfType<string>()] : [];

    private static DateTimeOffset? Time(JsonElement attributes, string name)
    {
        if (!attributes.TryGetProperty(name, out var value) || value.ValueKind is JsonValueKind.Null) return null;
        return value.ValueKind is JsonValueKind.Number && value.TryGetInt64(out var seconds) && seconds is >= 0 and <= 253402300799
            ? DateTimeOffset.FromUnixTimeSeconds(seconds) : throw Unusable($"its {name} is no time");
    }

    private static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind is JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : throw Unusable($"it has no {name}");

    private static string? Text(JsonElement element, string name) => TextOf(Member(element, name));

    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.ValueKind is JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)       // an escaped lone surrogate is not text
        {
            return null;
        }
    }
}
