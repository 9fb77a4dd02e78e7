using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Tests.Audit.Proof;

public sealed class LogKeyTests
{
    private const string Name = "idjag.acme.example/audit";

    [Fact]
    public void Is_the_same_key_as_vkey_PEM_JWK_and_JWKS()
    {
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var key = LogKey.Of(JsonWebKey.Of(ec), Name);

        var vkey = LogKey.TryParse(key.ToVkey() + "\n");
        Assert.Equal((Name, key.Id, key.Kid), (vkey!.Name, vkey.Id, vkey.Kid));
        Assert.Equal([2, .. ec.ExportSubjectPublicKeyInfo()], Convert.FromBase64String(key.ToVkey().Split('+', 3)[2]));
        foreach (var text in new[] { ec.ExportSubjectPublicKeyInfoPem(), Jwk(ec), $$"""{"keys":[{{Jwk(ec)}}]}""" })
        {
            var read = LogKey.TryParse(text);
            Assert.Equal((null, key.Id, key.Kid), (read!.Name, read.Id, read.Kid));
        }
        Assert.Equal(JsonWebKey.Of(ec).KeyId, key.Kid);
        Assert.Throws<InvalidOperationException>(() => LogKey.Of(JsonWebKey.Of(ec)).ToVkey());
    }

    [Fact]
    public void Refuses_other_curves_other_types_private_keys_and_wrong_ids()
    {
        using var p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);
        var vkey = LogKey.Of(JsonWebKey.Of(p256), Name).ToVkey();
        var parts = vkey.Split('+', 3);
        var material = Convert.FromBase64String(parts[2]);
        string Vkey(byte[] with) => $"{parts[0]}+{parts[1]}+{Convert.ToBase64String(with)}";

        foreach (var text in new[]
        {
            "", "x", p384.ExportSubjectPublicKeyInfoPem(), rsa.ExportSubjectPublicKeyInfoPem(), p256.ExportPkcs8PrivateKeyPem(), p256.ExportECPrivateKeyPem(), Jwk(p384), "{", "[]", "{\"keys\":[]}",
            $$"""{"keys":[{{Jwk(p256)}},{{Jwk(p256)}}]}""", $"{parts[0]}+00000000+{parts[2]}", $"{parts[0]}+{parts[1].ToUpperInvariant()}0+{parts[2]}", $"+{parts[1]}+{parts[2]}", $"a b+{parts[1]}+{parts[2]}",
            Vkey([1, .. material[1..]]), Vkey([.. material, 0]), Vkey(material[..^1]), Vkey([2]),
            "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",                // Ed25519, C2SP's example
        }) Assert.Null(LogKey.TryParse(text));
        Assert.NotNull(LogKey.TryParse(Vkey(material)));
        Assert.Throws<ArgumentException>(() => LogKey.Of(JsonWebKey.Of(p384)));
    }

    [Theory]
    [InlineData("2026-11-28T14:05:06.123456Z", true)]
    [InlineData("2028-02-29T23:59:59.999999Z", true)]
    [InlineData("2026-02-29T00:00:00.000000Z", false)]
    [InlineData("2026-13-01T00:00:00.000000Z", false)]
    [InlineData("2026-00-01T00:00:00.000000Z", false)]
    [InlineData("2026-01-00T00:00:00.000000Z", false)]
    [InlineData("0000-01-01T00:00:00.000000Z", false)]
    [InlineData("2026-01-01T24:00:00.000000Z", false)]
    [InlineData("2026-01-01T00:60:00.000000Z", false)]
    [InlineData("2026-01-01T00:00:60.000000Z", false)]
    [InlineData("2026-01-01T00:00:00.00000Z", false)]
    [InlineData("2026-01-01 00:00:00.000000Z", false)]
    [InlineData("2026-01-01T00:00:00.000000z", false)]
    [InlineData("2026-01-01T00:00:00,000000Z", false)]
    [InlineData("2026-01-01T00:00:00.0000+1Z", false)]
    public void There_is_one_way_to_write_a_time(string text, bool isTime)
    {
        Assert.Equal(isTime, EventTime.TryParse(Encoding.ASCII.GetBytes(text), out var ticks));
        if (!isTime) return;
        Assert.Equal(text, EventTime.Write(new DateTimeOffset(ticks, TimeSpan.Zero)));
        var utf8 = new byte[EventTime.Chars];
        EventTime.Write(new DateTimeOffset(ticks, TimeSpan.Zero).ToOffset(TimeSpan.FromHours(5)), utf8);
        Assert.Equal(text, Encoding.ASCII.GetString(utf8));
    }

    private static string Jwk(ECDsa key)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json)) JsonWebKey.Of(key).WriteTo(writer);
        return Encoding.UTF8.GetString(json.ToArray());
    }
}
