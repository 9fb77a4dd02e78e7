using Xunit;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Protocol.Tests.Jws;

/// <summary>Makes tokens by hand, so that a test can put anything into them. The EC key is RFC 7515 A.3's: the same in every run.</summary>
internal static class Forge
{
    public const string Header = """{"alg":"ES256","typ":"oauth-id-jag+jwt","kid":"k1"}""";

    public static readonly ECDsa Ec = ECDsa.Create(new ECParameters
    {
        Curve = ECCurve.NamedCurves.nistP256,
        D = Base64Url.DecodeFromChars("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"),
        Q = new()
        {
            X = Base64Url.DecodeFromChars("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
            Y = Base64Url.DecodeFromChars("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"),
        },
    });

    public static readonly RSA Rsa = RSA.Create(2048);

    public static readonly JsonWebKeySet Keys = KeySet(EcJwk("k1"));

    public static JsonWebKeySet KeySet(params IEnumerable<string> jwks) =>
        JsonWebKeySet.TryParse(Encoding.UTF8.GetBytes($$"""{"keys":[{{string.Join(',', jwks)}}]}"""))!;

    /// <summary>The public half of <see cref="Ec"/>; <paramref name="more"/> are further members, with a comma before them.</summary>
    public static string EcJwk(string? kid = null, string more = "")
    {
        var q = Ec.ExportParameters(false).Q;
        return $$"""{"kty":"EC","crv":"P-256","x":"{{Base64Url.EncodeToString(q.X!)}}","y":"{{Base64Url.EncodeToString(q.Y!)}}"{{Kid(kid)}}{{more}}}""";
    }

    public static string RsaJwk(string? kid = null, string more = "", RSA? key = null)
    {
        var rsa = (key ?? Rsa).ExportParameters(false);
        return $$"""{"kty":"RSA","n":"{{Base64Url.EncodeToString(rsa.Modulus!)}}","e":"{{Base64Url.EncodeToString(rsa.Exponent!)}}"{{Kid(kid)}}{{more}}}""";
    }

    public static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    public static string Token(string header, string payload) => Sign($"{Encode(header)}.{Encode(payload)}");

    /// <summary>Signs whatever stands before the second dot, with ES256.</summary>
    public static string Sign(string input) => $"{input}.{Base64Url.EncodeToString(Ec.SignData(Encoding.UTF8.GetBytes(input), HashAlgorithmName.SHA256))}";

    public static string SignRsa(string header, string payload, RSASignaturePadding? padding = null)
    {
        var input = $"{Encode(header)}.{Encode(payload)}";
        return $"{input}.{Base64Url.EncodeToString(Rsa.SignData(Encoding.UTF8.GetBytes(input), HashAlgorithmName.SHA256, padding ?? RSASignaturePadding.Pkcs1))}";
    }

    /// <summary>What the parser says, and if it parses, what the verifier says.</summary>
    public static JwsFailure Judge(string token, JsonWebKeySet? keys = null, params IReadOnlyList<JwsAlgorithm> allowed)
    {
        if (!CompactJws.TryParse(token, 16 * 1024, out var jws, out var failure)) return failure;
        using (jws) return JwsVerifier.Verify(jws, keys ?? Keys, allowed.Count is 0 ? JwsAlgorithm.All : allowed, out _);
    }

    /// <summary>Reads claims that a test wrote; they were parsed as a stranger's would be.</summary>
    public static JwtClaims Claims(string payload)
    {
        Assert.True(CompactJws.TryParse(Token(Header, payload), int.MaxValue, out var jws, out var failure), failure.ToString());
        return jws.Claims;
    }

    private static string Kid(string? kid) => kid is null ? "" : $",\"kid\":\"{kid}\"";
}
