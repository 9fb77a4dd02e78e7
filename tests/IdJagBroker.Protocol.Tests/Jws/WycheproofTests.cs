using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IdJagBroker.Protocol.Jws;
using Xunit;

namespace IdJagBroker.Protocol.Tests.Jws;

/// <summary>
/// Project Wycheproof's vectors (Wycheproof/NOTICE.md). Those for our algorithms are judged as the file says; those for others
/// (HMAC, RS384, RS512, PS384, PS512, ES512, <c>none</c>, encryption) must be refused, "valid" or not. The numbers are asserted,
/// so that no vector goes missing in silence. Most payloads are not JSON, so the vectors run against the step before the claims
/// (<see cref="JwsParts"/>); <see cref="CompactJws"/> would refuse them for their payload and prove nothing.
/// </summary>
public sealed class WycheproofTests
{
    // Valid by their file, refused by us: a JWT's payload is never empty, so an empty part is no JWT (RS256 259, PS256 272).
    private static readonly int[] EmptyPayloads = [259, 272];

    private static readonly HashSet<string> Ours = ["ES256", "ES384", "RS256", "PS256"];

    [Fact, Trait("Spec", "SEC-04"), Trait("Spec", "RAS-13")]
    public void Judges_every_ECDSA_P256_signature_as_the_vectors_do()
    {
        // Nine groups come without a JWK, so every key is made from the uncompressed point.
        var (valid, invalid) = RunSignatures("ecdsa_secp256r1_sha256_p1363_test.json", JwsAlgorithm.ES256, group =>
        {
            var point = Convert.FromHexString(group.GetProperty("publicKey").GetProperty("uncompressed").GetString()!);
            return $$"""{"kty":"EC","crv":"P-256","x":"{{B64(point[1..33])}}","y":"{{B64(point[33..])}}"}""";
        });

        Assert.Equal((173, 89), (valid, invalid));
    }

    [Fact, Trait("Spec", "RAS-13")]
    public void Judges_every_RSA_signature_as_the_vectors_do()
    {
        // The one "acceptable" vector (8, a DigestInfo without NULL) counts as invalid: RFC 8017 §9.2 encodes it with NULL, and a
        // verifier that parses instead of comparing is how Bleichenbacher's forgery came back.
        var (valid, invalid) = RunSignatures("rsa_signature_2048_sha256_test.json", JwsAlgorithm.RS256,
            group => group.GetProperty("keyJwk").GetRawText());

        Assert.Equal((9, 250), (valid, invalid));
    }

    [Theory, Trait("Spec", "SEC-02"), Trait("Spec", "SEC-03"), Trait("Spec", "SEC-06"), Trait("Spec", "SEC-13"), Trait("Spec", "RAS-08")]
    [InlineData("json_web_signature_test.json", 401, 14)]
    [InlineData("json_web_key_test.json", 26, 1)]
    [InlineData("json_web_crypto_test.json", 83, 2)]
    public void Accepts_the_valid_JOSE_vectors_of_our_algorithms_and_no_other(string file, int vectors, int accepted)
    {
        var (run, good) = (0, 0);
        foreach (var (group, test) in Tests(file))
        {
            run++;
            var keys = Keys(group);
            var token = test.TryGetProperty("jws", out var jws) ? jws : test.GetProperty("jwe");
            var text = token.ValueKind is JsonValueKind.String ? token.GetString()! : token.GetRawText();
            var expected = test.GetProperty("result").GetString() is "valid" && IsOurs(text) && !EmptyPayloads.Contains(Id(test));

            Assert.True(expected == Verifies(text, keys), $"{file} {Id(test)} {test.GetProperty("comment")}");
            if (expected) good++;
        }

        Assert.Equal((vectors, accepted), (run, good));
    }

    private static (int Valid, int Invalid) RunSignatures(string file, JwsAlgorithm algorithm, Func<JsonElement, string> jwk)
    {
        var (valid, invalid) = (0, 0);
        foreach (var (group, test) in Tests(file))
        {
            var key = Forge.KeySet(jwk(group)).Keys.Single();
            var digest = SHA256.HashData(Convert.FromHexString(test.GetProperty("msg").GetString()!));
            var expected = test.GetProperty("result").GetString() is "valid";
            var actual = key.Verify(algorithm, digest, Convert.FromHexString(test.GetProperty("sig").GetString()!));

            Assert.True(expected == actual, $"{file} {Id(test)} {test.GetProperty("comment")}");
            if (actual) valid++; else invalid++;
        }
        return (valid, invalid);
    }

    private static bool Verifies(string token, JsonWebKeySet keys) =>
        JwsParts.TrySplit(token, 16 * 1024, out var parts, out _) && JwsVerifier.Verify(parts, keys, JwsAlgorithm.All, out _) is JwsFailure.None;

    private static bool IsOurs(string token)
    {
        if (token.Split('.') is not [var first, _, _]) return false;
        if (StrictBase64Url.Decode(first) is not { Length: > 0 } json) return false;   // 372: HMAC, "valid" with a foreign character
        using var header = JsonDocument.Parse(json);
        return Ours.Contains(header.RootElement.GetProperty("alg").GetString()!);
    }

    private static JsonWebKeySet Keys(JsonElement group)
    {
        var key = group.TryGetProperty("public", out var published) ? published : group.GetProperty("private");
        return key.TryGetProperty("keys", out _)
            ? JsonWebKeySet.TryParse(Encoding.UTF8.GetBytes(key.GetRawText()))!
            : Forge.KeySet(key.GetRawText());
    }

    private static IEnumerable<(JsonElement Group, JsonElement Test)> Tests(string file)
    {
        var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Wycheproof", file)));
        foreach (var group in document.RootElement.GetProperty("testGroups").EnumerateArray())
            foreach (var test in group.GetProperty("tests").EnumerateArray())
                yield return (group, test);
    }

    private static int Id(JsonElement test) => test.GetProperty("tcId").GetInt32();

    private static string B64(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
