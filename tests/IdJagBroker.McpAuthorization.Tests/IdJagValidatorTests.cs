using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.McpAuthorization.Tests.Support;

namespace IdJagBroker.McpAuthorization.Tests;

/// <summary>One ID-JAG that is accepted, then each of its checks broken alone (the catalogue's §13, "JB negative").</summary>
public sealed class IdJagValidatorTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>, IAsyncLifetime
{
    private static readonly Dictionary<string, Action<Draft, LoopbackBroker>> Malformed = new()
    {
        ["five parts"] = (d, _) => d.Mangle = t => t + ".AA.AA",
        ["two parts"] = (d, _) => d.Mangle = t => t[..t.LastIndexOf('.')],
        ["no signature"] = (d, _) => d.Mangle = t => t[..(t.LastIndexOf('.') + 1)],
        ["padded base64"] = (d, _) => d.Mangle = t => t + "==",
        ["white space"] = (d, _) => d.Mangle = t => t + "\n",
        ["duplicate claim"] = (d, _) => d.RawClaims = "{\"aud\":\"https://evil.example\"," + d.Claims.ToJsonString()[1..],
        ["duplicate header"] = (d, _) => d.RawHeader = "{\"typ\":\"JWT\"," + d.Header.ToJsonString()[1..],
        ["9 KiB"] = (d, _) => d.Claims["pad"] = new string('x', 9 * 1024),
        ["array for claims"] = (d, _) => d.RawClaims = "[]",
        ["text for claims"] = (d, _) => d.RawClaims = "hello",
        ["20 deep"] = (d, _) => d.Claims["x"] = JsonNode.Parse(new string('[', 20) + new string(']', 20)),
        ["jku"] = (d, b) => d.Header["jku"] = b.Issuer + "/canary",
        ["x5u"] = (d, b) => d.Header["x5u"] = b.Issuer + "/canary",
        ["x5c"] = (d, _) => d.Header["x5c"] = new JsonArray("AAAA"),
        ["jwk"] = (d, b) => d.Header["jwk"] = Keys.Jwk(b.Key, "bk-1"),
        ["crit"] = (d, _) => d.Header["crit"] = new JsonArray("exp"),
        ["b64"] = (d, _) => d.Header["b64"] = false,
        ["zip"] = (d, _) => d.Header["zip"] = "DEF",
        ["cty"] = (d, _) => d.Header["cty"] = "JWT",
    };

    private static readonly Dictionary<string, Action<Draft, LoopbackBroker>> BadSignatures = new()
    {
        ["one bit flipped"] = (d, _) => d.Mangle = t => Flip(t),
        ["claims of another token"] = (d, b) => d.Mangle = t => string.Join('.', t.Split('.')[0], b.IdJag().Encode().Split('.')[1], t.Split('.')[2]),
        ["another key, same kid"] = (d, _) => d.Sign = input => Keys.P256().SignData(input, HashAlgorithmName.SHA256),
        ["all zero"] = (d, _) => d.Sign = _ => new byte[64],
        ["alg none"] = (d, _) => d.Header["alg"] = "none",
        ["HS256 with the public key"] = (d, b) =>
        {
            d.Header["alg"] = "HS256";
            d.Sign = input => HMACSHA256.HashData(Encoding.UTF8.GetBytes(b.KeySet()), input);
        },
        ["alg of another kind of key"] = (d, _) => d.Header["alg"] = "RS256",
        ["alg in lower case"] = (d, _) => d.Header["alg"] = "es256",
        ["unknown kid"] = (d, _) => d.Header["kid"] = "bk-9",
        ["kid in another case"] = (d, _) => d.Header["kid"] = "BK-1",
        ["kid with a path"] = (d, _) => d.Header["kid"] = "../../keys/bk-1",
    };

    private static readonly string[] Required = ["iss", "sub", "aud", "client_id", "jti", "exp", "iat"];

    private Ras _ras = null!;

    public async ValueTask InitializeAsync() => _ras = await Ras.StartAsync(broker);

    public ValueTask DisposeAsync() => _ras.DisposeAsync();

    public static TheoryData<string> MalformedCases => [.. Malformed.Keys];
    public static TheoryData<string> BadSignatureCases => [.. BadSignatures.Keys];
    public static TheoryData<string> RequiredClaims => [.. Required];

    [Fact, Trait("Spec", "JAG-01"), Trait("Spec", "RAS-41"), Trait("Spec", "RAS-42"), Trait("Spec", "RAS-43"), Trait("Spec", "RAS-44"), Trait("Spec", "RAS-46")]
    public async Task Redeems_a_perfect_id_jag()
    {
        var answer = (await _ras.RedeemAsync(broker.IdJag())).AssertIssued();

        Assert.Equal("Bearer", (string?)answer.Json["token_type"]);
        Assert.Equal(600, (int)answer.Json["expires_in"]!);
        Assert.Equal("tickets:read tickets:comment", (string?)answer.Json["scope"]);
        Assert.Equal(Ras.Resource, (string?)answer.Json["resource"]);
        Assert.Equal(["access_token", "expires_in", "resource", "scope", "token_type"], answer.Json.Select(member => member.Key).Order());
        Assert.Equal("no-store", answer.Header("Cache-Control"));
        Assert.Null(answer.Header("Set-Cookie"));
    }

    [Theory, MemberData(nameof(MalformedCases))]
    [Trait("Spec", "RAS-07"), Trait("Spec", "RAS-08"), Trait("Spec", "JAG-03"), Trait("Spec", "SEC-06"), Trait("Spec", "SEC-07"), Trait("Spec", "SEC-08")]
    public async Task Refuses_what_is_not_one_strict_jws(string what)
    {
        var idJag = broker.IdJag();
        Malformed[what](idJag, broker);

        (await _ras.RedeemAsync(idJag)).AssertRefused(400, "invalid_grant", "the assertion is malformed");
        Assert.Equal(0, broker.CanaryHits);
    }

    [Theory, InlineData(null), InlineData("JWT"), InlineData("at+jwt"), InlineData("client-authentication+jwt"), InlineData("dpop+jwt"), InlineData("oauth-id-jag")]
    [Trait("Spec", "RAS-09"), Trait("Spec", "JAG-02"), Trait("Spec", "SEC-05")]
    public async Task Refuses_another_kind_of_token(string? typ)
    {
        var idJag = broker.IdJag();
        if (typ is null) idJag.Header.Remove("typ");
        else idJag.Header["typ"] = typ;

        (await _ras.RedeemAsync(idJag)).AssertRefused(400, "invalid_grant", "the assertion is not an ID-JAG");
    }

    [Theory, InlineData("application/oauth-id-jag+jwt"), InlineData("OAuth-ID-JAG+JWT")]
    public async Task Reads_typ_as_a_media_type(string typ)
    {
        var idJag = broker.IdJag();
        idJag.Header["typ"] = typ;

        (await _ras.RedeemAsync(idJag)).AssertIssued();
    }

    [Theory, InlineData("https://evil.example"), InlineData("{self}/"), InlineData("{SELF}"), InlineData("{self}.evil.example"), InlineData("{canary}")]
    [Trait("Spec", "RAS-10"), Trait("Spec", "JAG-04"), Trait("Spec", "SEC-34")]
    public async Task Refuses_an_issuer_that_is_not_in_the_list_and_asks_nobody_about_it(string issuer)
    {
        var before = (broker.JwksHits, broker.MetadataHits, broker.CanaryHits);
        var idJag = broker.IdJag();
        idJag.Claims["iss"] = issuer.Replace("{self}", broker.Issuer).Replace("{SELF}", broker.Issuer.ToUpperInvariant()).Replace("{canary}", broker.Issuer + "/canary");

        (await _ras.RedeemAsync(idJag)).AssertRefused(400, "invalid_grant", "the issuer is not trusted");
        Assert.Equal(before, (broker.JwksHits, broker.MetadataHits, broker.CanaryHits));
    }

    [Fact, Trait("Spec", "RAS-12")]
    public async Task Refuses_an_id_jag_that_the_server_issued_itself()
    {
        var own = _ras.AccessToken();
        var idJag = new Draft(_ras.Key, own.Header, broker.IdJag().Claims);
        idJag.Header["typ"] = "oauth-id-jag+jwt";
        idJag.Claims["iss"] = Ras.Issuer;

        (await _ras.RedeemAsync(idJag)).AssertRefused(400, "invalid_grant", "the issuer is not trusted");
    }

    [Theory, MemberData(nameof(BadSignatureCases))]
    [Trait("Spec", "RAS-13"), Trait("Spec", "JAG-01"), Trait("Spec", "SEC-02"), Trait("Spec", "SEC-12")]
    public async Task Refuses_a_signature_that_does_not_verify(string what)
    {
        var idJag = broker.IdJag();
        BadSignatures[what](idJag, broker);

        (await _ras.RedeemAsync(idJag)).AssertRefused(400, "invalid_grant", "the signature could not be verified");
    }

    [Theory, MemberData(nameof(RequiredClaims)), Trait("Spec", "RAS-14"), Trait("Spec", "JAG-05"), Trait("Spec", "JAG-08"), Trait("Spec", "JAG-10")]
    public async Task Refuses_an_id_jag_without_a_required_claim(string claim)
    {
        var idJag = broker.IdJag();
        idJag.Claims.Remove(claim);

        (await _ras.RedeemAsync(idJag)).AssertRefused(400, "invalid_grant", "a required claim is missing or malformed");
    }

    [Theory, Trait("Spec", "RAS-14"), Trait("Spec", "JAG-05"), Trait("Spec", "JAG-10"), Trait("Spec", "JAG-11"), Trait("Spec", "JAG-15"), Trait("Spec", "SEC-08")]
    [InlineData("iss", "[\"{self}\"]"), InlineData("iss", "7"), InlineData("sub", "7"), InlineData("sub", "\"\""), InlineData("sub", "null"), InlineData("sub", "{long}")]
    [InlineData("sub", "\"a\\u0000b\""), InlineData("sub", "\"\\ud800\"")]
    [InlineData("client_id", "[\"cl_7hQ2notes\"]"), InlineData("client_id", "\"\""), InlineData("jti", "[\"a\"]"), InlineData("jti", "\"\""), InlineData("jti", "{long}")]
    [InlineData("exp", "\"1795165500\""), InlineData("exp", "1795165500.5"), InlineData("exp", "1e300"), InlineData("exp", "-1"), InlineData("iat", "\"1795165200\"")]
    [InlineData("iat", "null"), InlineData("scope", "[\"tickets:read\"]"), InlineData("scope", "\"a\\\"b\""), InlineData("resource", "7"), InlineData("resource", "[1]")]
    [InlineData("email_verified", "\"true\""), InlineData("aud", "[]"), InlineData("aud", "[\"{as}\",\"{as}\"]"), InlineData("aud", "[\"{as}\",\"https://evil.example\"]"), InlineData("aud", "{}")]
    public async Task Refuses_a_claim_of_the_wrong_type(string claim, string json)
    {
        var value = json.Replace("{self}", broker.Issuer).Replace("{as}", Ras.Issuer).Replace("{long}", $"\"{new string('x', 256)}\"");
        var idJag = broker.IdJag();
        idJag.Claims.Remove(claim);
        idJag.RawClaims = $"{{\"{claim}\":{value}," + idJag.Claims.ToJsonString()[1..];

        (await _ras.RedeemAsync(idJag)).AssertRefused(400, "invalid_grant", "a required claim is missing or malformed");
    }

    [Theory, InlineData("https://other.example"), InlineData("https://as.trackr.example/"), InlineData("https://as.trackr.example/token"), InlineData("https://AS.trackr.example")]
    [Trait("Spec", "RAS-15"), Trait("Spec", "JAG-07"), Trait("Spec", "JAG-27")]
    public async Task Refuses_an_id_jag_for_another_authorization_server(string audience)
    {
        var idJag = broker.IdJag();
        idJag.Claims["aud"] = audience;

        (await _ras.RedeemAsync(idJag)).AssertRefused(400, "invalid_grant", "the assertion is for another authorization server");
    }

    [Fact, Trait("Spec", "RAS-15")]
    public async Task Takes_an_audience_that_is_an_array_of_one()
    {
        var idJag = broker.IdJag();
        idJag.Claims["aud"] = new JsonArray(Ras.Issuer);

        (await _ras.RedeemAsync(idJag)).AssertIssued();
    }

    [Theory, InlineData(-59, true), InlineData(-61, false), Trait("Spec", "RAS-16"), Trait("Spec", "SEC-25")]
    public async Task Honours_exp_within_the_clock_skew(int secondsLeft, bool accepted)
    {
        var idJag = broker.IdJag();
        idJag.Claims["iat"] = ManualClock.T0.ToUnixTimeSeconds() + secondsLeft - 300;
        idJag.Claims["exp"] = ManualClock.T0.ToUnixTimeSeconds() + secondsLeft;

        AssertTime(await _ras.RedeemAsync(idJag), accepted);
    }

    [Theory, InlineData(59, true), InlineData(61, false), Trait("Spec", "RAS-17"), Trait("Spec", "SEC-25")]
    public async Task Honours_iat_within_the_clock_skew(int secondsAhead, bool accepted)
    {
        var idJag = broker.IdJag();
        idJag.Claims["iat"] = ManualClock.T0.ToUnixTimeSeconds() + secondsAhead;
        idJag.Claims["exp"] = ManualClock.T0.ToUnixTimeSeconds() + secondsAhead + 300;

        AssertTime(await _ras.RedeemAsync(idJag), accepted);
    }

    [Theory, InlineData(59, true), InlineData(61, false), Trait("Spec", "RAS-18"), Trait("Spec", "SEC-25")]
    public async Task Honours_nbf_within_the_clock_skew(int secondsAhead, bool accepted)
    {
        var idJag = broker.IdJag();
        idJag.Claims["nbf"] = ManualClock.T0.ToUnixTimeSeconds() + secondsAhead;

        AssertTime(await _ras.RedeemAsync(idJag), accepted);
    }

    [Theory, InlineData(900, true), InlineData(901, false), InlineData(86_400, false), InlineData(0, false), InlineData(-1, false)]
    [Trait("Spec", "RAS-17"), Trait("Spec", "JAG-11"), Trait("Spec", "JAG-12")]
    public async Task Refuses_an_id_jag_that_lives_too_long_or_not_at_all(int lifetime, bool accepted)
    {
        var idJag = broker.IdJag();
        idJag.Claims["exp"] = ManualClock.T0.ToUnixTimeSeconds() + lifetime;

        AssertTime(await _ras.RedeemAsync(idJag), accepted);
    }

    [Theory, InlineData(Ras.OtherClient), InlineData("CL_7HQ2NOTES"), InlineData("cl_7hQ2notes "), Trait("Spec", "RAS-19"), Trait("Spec", "RAS-25"), Trait("Spec", "JAG-08"), Trait("Spec", "SEC-34")]
    public async Task Refuses_an_id_jag_of_another_client(string clientId)
    {
        var idJag = broker.IdJag();
        idJag.Claims["client_id"] = clientId;

        (await _ras.RedeemAsync(idJag)).AssertRefused(400, "invalid_grant", "the assertion is for another client");
    }

    [Fact, Trait("Spec", "RAS-25")]
    public async Task Refuses_a_stolen_id_jag_that_its_client_has_already_used()
    {
        var idJag = broker.IdJag().Encode();
        (await _ras.RedeemAsync(idJag)).AssertIssued();

        var stolen = await _ras.SendAsync(Ras.Basic(Ras.OtherClient, Ras.OtherSecret), [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", idJag)]);

        stolen.AssertRefused(400, "invalid_grant", "the assertion is for another client");
    }

    [Theory, InlineData("{\"jkt\":\"-5lGr7ion9aj8ARTT9Ae2K-uhLXLXWCVgtteyS9xxyY\"}"), InlineData("{}"), InlineData("null"), InlineData("\"x\"")]
    [Trait("Spec", "AT-10"), Trait("Spec", "POP-09")]       // what is bound never becomes an access token that is not
    public async Task Refuses_a_key_bound_id_jag_that_comes_without_proof(string cnf)
    {
        var idJag = broker.IdJag();
        idJag.Claims["cnf"] = JsonNode.Parse(cnf);

        (await _ras.RedeemAsync(idJag)).AssertRefused(400, "invalid_grant", "the assertion is bound to a key, and no proof of it came");
    }

    [Fact, Trait("Spec", "RAS-39")]
    public async Task Refuses_authorization_details_rather_than_ignoring_them()
    {
        var idJag = broker.IdJag();
        idJag.Claims["authorization_details"] = new JsonArray(new JsonObject { ["type"] = "payment" });

        (await _ras.RedeemAsync(idJag)).AssertRefused(400, "invalid_authorization_details");
    }

    [Fact, Trait("Spec", "RAS-47"), Trait("Spec", "SEC-27")]
    public async Task Says_nothing_about_the_person_or_the_server_in_a_refusal()
    {
        var idJag = broker.IdJag();
        idJag.Claims["email"] = "mira.okoye@acme.example";
        idJag.Claims["aud"] = "https://mira.example";

        var answer = await _ras.RedeemAsync(idJag);

        Assert.DoesNotContain("mira", answer.Body, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("7d0c1b52", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("bk-1", answer.Body, StringComparison.Ordinal);
        Assert.Equal(["error", "error_description"], answer.Json.Select(member => member.Key));
    }

    [Fact]
    public async Task Logs_neither_tokens_nor_secrets_nor_people()
    {
        var idJag = broker.IdJag();
        idJag.Claims["email"] = "mira.okoye@acme.example";
        var accepted = (await _ras.RedeemAsync(idJag)).AssertIssued();
        idJag.Claims["client_id"] = "x";
        await _ras.RedeemAsync(idJag);
        await _ras.SendAsync(Ras.Basic(Ras.Client, "wrong" + Ras.Secret), []);

        var logs = string.Join('\n', _ras.Logs.Where(line => line.StartsWith('1')));
        Assert.Contains((string)Draft.Payload(accepted.AccessToken)["jti"]!, logs, StringComparison.Ordinal);
        Assert.Contains((string)idJag.Claims["jti"]!, logs, StringComparison.Ordinal);
        foreach (var secret in new[] { Ras.Secret, "mira", "7d0c1b52", accepted.AccessToken.Split('.')[2], idJag.Encode().Split('.')[1] })
            Assert.DoesNotContain(secret, string.Join('\n', _ras.Logs), StringComparison.Ordinal);
    }

    private static void AssertTime(Answer answer, bool accepted)
    {
        if (accepted) answer.AssertIssued();
        else answer.AssertRefused(400, "invalid_grant", "the assertion is expired, not yet valid or too long-lived");
    }

    private static string Flip(string token)
    {
        var at = token.LastIndexOf('.') + 10;
        return token[..at] + (token[at] is 'A' ? 'B' : 'A') + token[(at + 1)..];
    }
}
