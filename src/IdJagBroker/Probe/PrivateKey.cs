using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Audit.Commands;
using IdJagBroker.Hosting;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Storage;

namespace IdJagBroker.Probe;

/// <summary>
/// A private key that the probe signs with: ES256 or RS256. It signs whatever it is given, also what the product would never sign, and is therefore never a
/// key of the broker's.
/// </summary>
internal sealed class PrivateKey : IDisposable
{
    private const int MaxFileBytes = 16 * 1024;
    private readonly ECDsa? _ec;
    private readonly RSA? _rsa;

    private PrivateKey(ECDsa? ec, RSA? rsa, string? keyId)
    {
        (_ec, _rsa) = (ec, rsa);
        var key = ec is not null ? JsonWebKey.Of(ec) : JsonWebKey.Of(rsa!, JwsAlgorithm.RS256);
        KeyId = keyId ?? key.Thumbprint;
        PublicJwk = Written(key);
        PublicJwk["kid"] = KeyId;
    }

    public string KeyId { get; }

    public string Algorithm => _ec is null ? "RS256" : "ES256";

    public JsonObject PublicJwk { get; }

    /// <summary>The public half, as a PEM file has it.</summary>
    public string PublicPem => _ec?.ExportSubjectPublicKeyInfoPem() ?? _rsa!.ExportSubjectPublicKeyInfoPem();

    /// <summary>A new P-256 key.</summary>
    /// <param name="keyId">Its <c>kid</c>; null: its thumbprint.</param>
    public static PrivateKey Make(string? keyId = null) => new(ECDsa.Create(ECCurve.NamedCurves.nistP256), null, keyId);

    /// <summary>A key of the same kind under the same <c>kid</c> that is not the same.</summary>
    public PrivateKey Impostor() => _ec is not null ? Make(KeyId) : new PrivateKey(null, RSA.Create(2048), KeyId);

    /// <summary>A JWK on P-256, or an unencrypted PEM key on P-256 or of RSA.</summary>
    /// <exception cref="StartupFailedException">It cannot be read, others can read it, or it holds no such key.</exception>
    public static PrivateKey Read(string path)
    {
        var text = Text(path);
        try
        {
            if (text.TrimStart().StartsWith('{')) return OfJwk(text);
            if (text.Contains("RSA PRIVATE KEY", StringComparison.Ordinal)) return OfRsa(text);
            var ec = ECDsa.Create();
            try
            {
                ec.ImportFromPem(text);
                return new PrivateKey(ec, null, null);
            }
            catch (Exception e) when (e is CryptographicException or ArgumentException)
            {
                ec.Dispose();
                return OfRsa(text);
            }
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or JsonException or InvalidOperationException or FormatException)
        {
            throw new StartupFailedException($"{path} holds no private key: give a JWK on P-256, or a PEM file with a key on P-256 or of RSA.");
        }
    }

    public byte[] Sign(byte[] input) => _ec is not null
        ? _ec.SignData(input, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)
        : _rsa!.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    /// <summary>A certificate that it signed for itself, DER.</summary>
    public byte[] SelfSigned(DateTimeOffset now)
    {
        const string name = "CN=idjag-probe";
        var request = _ec is not null
            ? new CertificateRequest(name, _ec, HashAlgorithmName.SHA256)
            : new CertificateRequest(name, _rsa!, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(now.AddMinutes(-5), now.AddHours(1));
        return certificate.RawData;
    }

    /// <summary>The key itself, for the one file that keeps it.</summary>
    /// <exception cref="InvalidOperationException">It is not on P-256.</exception>
    public string RevealJwk()
    {
        var jwk = PublicJwk.DeepClone().AsObject();
        jwk["d"] = Base64Url.EncodeToString((_ec ?? throw new InvalidOperationException("Only keys on P-256 are kept.")).ExportParameters(true).D!);
        return jwk.ToJsonString() + "\n";
    }

    public void Dispose()
    {
        _ec?.Dispose();
        _rsa?.Dispose();
    }

    /// <summary>Never the key.</summary>
    public override string ToString() => $"{Algorithm} {KeyId}";

    private static PrivateKey OfJwk(string text)
    {
        var jwk = JsonNode.Parse(text)!.AsObject();
        if ((string?)jwk["kty"] is not "EC" || (string?)jwk["crv"] is not "P-256") throw new FormatException();
        byte[] Member(string name) => Base64Url.DecodeFromChars((string?)jwk[name] ?? throw new FormatException());
        var ec = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = Member("d"), Q = new ECPoint { X = Member("x"), Y = Member("y") } });
        return new PrivateKey(ec, null, (string?)jwk["kid"]);
    }

    private static PrivateKey OfRsa(string pem)
    {
        var rsa = RSA.Create();
        rsa.ImportFromPem(pem);
        return new PrivateKey(null, rsa, null);
    }

    private static string Text(string path)
    {
        _ = GivenKeys.ReadFile(path, MaxFileBytes);         // there, readable and not endless
        try
        {
            return KeptFile.Read(path);
        }
        catch (InvalidOperationException e)
        {
            throw new StartupFailedException(e.Message);
        }
    }

    private static JsonObject Written(JsonWebKey key)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer)) key.WriteTo(json);
        return JsonNode.Parse(Encoding.UTF8.GetString(buffer.ToArray()))!.AsObject();
    }
}
