using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Probe;

/// <summary>A key of this run alone and the proofs that it makes (RFC 9449 §4.2).</summary>
internal sealed class DpopProver : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly JsonObject _jwk;

    public DpopProver()
    {
        var q = _key.ExportParameters(false).Q;
        _jwk = new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["x"] = Base64Url.EncodeToString(q.X!), ["y"] = Base64Url.EncodeToString(q.Y!) };
        Thumbprint = JsonWebKey.Of(_key).Thumbprint;
    }

    /// <summary>What <c>cnf.jkt</c> says of it.</summary>
    public string Thumbprint { get; }

    /// <summary>A good proof of a POST, to be spoiled.</summary>
    public JwtDraft Proof(Uri url, string? nonce, DateTimeOffset now)
    {
        var claims = new JsonObject
        {
            ["jti"] = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16)), ["htm"] = "POST", ["htu"] = url.GetLeftPart(UriPartial.Path), ["iat"] = now.ToUnixTimeSeconds(),
        };
        if (nonce is not null) claims["nonce"] = nonce;
        return new JwtDraft(new JsonObject { ["typ"] = JwtType.DpopProof, ["alg"] = "ES256", ["jwk"] = _jwk.DeepClone() }, claims,
            input => _key.SignData(input, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
    }

    public void Dispose() => _key.Dispose();
}
