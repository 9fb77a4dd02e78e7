using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IdJagBroker.Protocol.Jws;
using Xunit;

namespace IdJagBroker.Protocol.Tests.Jws;

/// <summary><see cref="JsonWebKey"/> and <see cref="JsonWebKeySet"/>, which are read together.</summary>
public sealed class JsonWebKeySetTests
{
    [Fact]
    public void Reads_what_a_provider_publishes()
    {
        var keys = Forge.KeySet(Forge.EcJwk("e", ",\"use\":\"sig\",\"alg\":\"ES256\",\"key_ops\":[\"verify\"],\"x5t\":\"x\""), Forge.RsaJwk("r", ",\"issuer\":\"https://i\"")).Keys;

        Assert.Equal([("EC", "P-256", "e", "ES256", null), ("RSA", null, "r", null, "https://i")],
            keys.Select(key => (key.KeyType, key.Curve, key.KeyId, key.AlgorithmName, key.Issuer)));
        Assert.Equal([JwsAlgorithm.ES256], JwsAlgorithm.All.Where(keys[0].Fits));
        Assert.Equal([JwsAlgorithm.RS256, JwsAlgorithm.PS256], JwsAlgorithm.All.Where(keys[1].Fits));
    }

    [Fact, Trait("Spec", "SEC-13")]
    public void Keys_that_are_not_for_our_signatures_are_left_out_and_the_rest_serve()
    {
        string[] unusable =
        [
            Forge.EcJwk("a", ",\"use\":\"enc\""), Forge.EcJwk("a", ",\"use\":1"), Forge.EcJwk("a", ",\"use\":\"SIG\""),
            Forge.EcJwk("a", ",\"key_ops\":[\"sign\"]"), Forge.EcJwk("a", ",\"key_ops\":[]"), Forge.EcJwk("a", ",\"key_ops\":\"verify\""),
            Forge.EcJwk("", ""), Forge.EcJwk(new string('k', 257)), Forge.EcJwk(null, ",\"kid\":5"),
            """{"kty":"oct","k":"AAAA","kid":"a"}""", """{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}""",
            """{"kty":"EC"}""", """{"kty":1}""", "{}", "[]", "1", "null", "\"x\"",
            Forge.EcJwk("a").Replace("P-256", "P-521", StringComparison.Ordinal), Forge.EcJwk("a").Replace("P-256", "P-384", StringComparison.Ordinal),
            Forge.EcJwk("a").Replace("P-256", "secp256k1", StringComparison.Ordinal), Forge.EcJwk("a").Replace("EC", "RSA", StringComparison.Ordinal),
        ];

        Assert.Equal("good", Assert.Single(Forge.KeySet([.. unusable, Forge.EcJwk("good")]).Keys).KeyId);
        Assert.All(unusable, jwk => Assert.Empty(Forge.KeySet(jwk).Keys));
    }

    [Fact, Trait("Spec", "SEC-03")]
    public void An_RSA_key_has_2048_to_8192_bits()
    {
        using var weak = RSA.Create(1024);
        using var short2 = RSA.Create(2040);
        Assert.Empty(Forge.KeySet(Forge.RsaJwk("r", key: weak)).Keys);
        Assert.Empty(Forge.KeySet(Forge.RsaJwk("r", key: short2)).Keys);
        Assert.Single(Forge.KeySet(Forge.RsaJwk("r")).Keys);
        Assert.Throws<ArgumentException>(() => new InProcessSigningKey(weak, JwsAlgorithm.RS256));
        Assert.Throws<ArgumentException>(() => new InProcessSigningKey(Forge.Rsa, JwsAlgorithm.ES256));
        Assert.Empty(Forge.KeySet(RsaOf([0x7f, .. Enumerable.Repeat((byte)0xff, 255)])).Keys);     // 2047
        Assert.Single(Forge.KeySet(RsaOf([0x80, .. Enumerable.Repeat((byte)0xff, 255)])).Keys);    // 2048
        Assert.Single(Forge.KeySet(RsaOf([.. Enumerable.Repeat((byte)0xff, 1024)])).Keys);         // 8192
        Assert.Empty(Forge.KeySet(RsaOf([.. Enumerable.Repeat((byte)0xff, 1025)])).Keys);
    }

    [Fact, Trait("Spec", "SEC-03")]
    public void A_malformed_RSA_key_is_left_out()
    {
        var n = Forge.Rsa.ExportParameters(false).Modulus!;
        byte[][] moduli = [[], [0, .. n], [.. n[..^1], (byte)(n[^1] & 0xfe)], n[1..]];
        Assert.All(moduli, modulus => Assert.Empty(Forge.KeySet(RsaOf(modulus)).Keys));
        foreach (var e in new[] { "", "AQ", "AA", "Ag", "AAEAAQ", "AQABAQABAQAB", "AQAB=", "AQAB\\n" })
            Assert.Empty(Forge.KeySet(RsaOf(n, e)).Keys);
        Assert.Single(Forge.KeySet(RsaOf(n)).Keys);
    }

    [Fact, Trait("Spec", "SEC-04")]
    public void A_point_off_its_curve_is_left_out()
    {
        var q = Forge.Ec.ExportParameters(false).Q;
        byte[] moved = [.. q.Y![..^1], (byte)(q.Y[^1] ^ 1)];
        Assert.Empty(Forge.KeySet(EcOf(q.X!, moved)).Keys);
        Assert.Empty(Forge.KeySet(EcOf(new byte[32], new byte[32])).Keys);
        Assert.Empty(Forge.KeySet(EcOf([.. Enumerable.Repeat((byte)0xff, 32)], q.Y)).Keys);
        Assert.Empty(Forge.KeySet(EcOf([0, .. q.X!], [0, .. q.Y])).Keys);   // RFC 7518 §6.2.1.2: exactly the curve's length
        Assert.Empty(Forge.KeySet(EcOf([0, .. q.X!], q.Y)).Keys);
        Assert.Empty(Forge.KeySet(EcOf(q.X![1..], q.Y)).Keys);
        Assert.Single(Forge.KeySet(EcOf(q.X, q.Y)).Keys);
    }

    [Theory, Trait("Spec", "SEC-08")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"keys":{}}""")]
    [InlineData("""{"keys":null}""")]
    [InlineData("""{"keys":[],"keys":[]}""")]
    [InlineData("""{"keys":[{"kty":"EC","kty":"RSA"}]}""")]
    [InlineData("""{"keys":[{"\ud800":1}]}""")]
    [InlineData("<html>")]
    [InlineData("")]
    public void What_is_no_key_set_is_none(string json) => Assert.Null(JsonWebKeySet.TryParse(Encoding.UTF8.GetBytes(json)));

    [Fact, Trait("Spec", "SEC-08")]
    public void A_set_ends_at_100_keys()
    {
        Assert.NotNull(Forge.KeySet(Enumerable.Repeat("{}", 100)));
        Assert.Null(Forge.KeySet(Enumerable.Repeat("{}", 101)));
    }

    [Fact, Trait("Spec", "META-10"), Trait("Spec", "SEC-28")]
    public void What_is_published_is_public_named_by_its_thumbprint_and_reads_back()
    {
        using var ec = InProcessSigningKey.CreateEs256();
        using var p384 = new InProcessSigningKey(ECDsa.Create(ECCurve.NamedCurves.nistP384));
        using var rsa = new InProcessSigningKey(RSA.Create(2048), JwsAlgorithm.PS256);
        var document = new JsonWebKeySet([ec.PublicKey, p384.PublicKey, rsa.PublicKey]).ToUtf8();

        foreach (var key in JsonDocument.Parse(document).RootElement.GetProperty("keys").EnumerateArray())
        {
            string[] material = key.GetProperty("kty").GetString() is "EC" ? ["crv", "x", "y"] : ["n", "e"];
            Assert.Equal(["kty", .. material, "use", "alg", "kid"], key.EnumerateObject().Select(member => member.Name));
            Assert.Equal("sig", key.GetProperty("use").GetString());
        }
        var read = JsonWebKeySet.TryParse(document)!.Keys;
        Assert.Equal(["ES256", "ES384", "PS256"], read.Select(key => key.AlgorithmName));
        Assert.All(read, key => Assert.Equal(key.Thumbprint, key.KeyId));
    }

    [Fact, Trait("Spec", "META-10")]
    public void A_private_member_that_was_read_is_not_published()
    {
        var written = Encoding.UTF8.GetString(Forge.KeySet(Forge.EcJwk("k", ",\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\"")).ToUtf8());

        Assert.DoesNotContain("\"d\"", written, StringComparison.Ordinal);
        Assert.DoesNotContain("jpsQnn", written, StringComparison.Ordinal);
        Assert.Contains("\"kid\":\"k\"", written, StringComparison.Ordinal);
    }

    [Fact, Trait("Spec", "SEC-03")]
    public void A_key_of_ours_on_another_curve_is_a_fault_and_never_published_as_P_256()
    {
        Assert.Throws<ArgumentException>(() => new InProcessSigningKey(ECDsa.Create(ECCurve.NamedCurves.nistP521)));
        Assert.Throws<ArgumentException>(() => new InProcessSigningKey(ECDsa.Create(ECCurve.CreateFromFriendlyName("secp256k1"))));
    }

    internal static string OtherEcJwk(string kid)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var q = key.ExportParameters(false).Q;
        return EcOf(q.X!, q.Y!, $",\"kid\":\"{kid}\"");
    }

    private static string EcOf(byte[] x, byte[] y, string more = "") =>
        $$"""{"kty":"EC","crv":"P-256","x":"{{B64(x)}}","y":"{{B64(y)}}"{{more}}}""";

    private static string RsaOf(byte[] n, string e = "AQAB") => $$"""{"kty":"RSA","n":"{{B64(n)}}","e":"{{e}}"}""";

    private static string B64(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
