using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Protocol.Tests.Jws;
using Xunit;

namespace IdJagBroker.Protocol.Tests;

public sealed class IdJagTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_795_165_200);

    private static readonly IdJag Full = new()
    {
        Issuer = "https://broker.acme.example", Subject = "7d0c1b52-88f4-4c0e-9a55-1f3f7be0c9aa", Audience = "https://as.trackr.example",
        ClientId = "cl_7hQ2notes", JwtId = "ij-4bW1uTq0R2m8sVfYx6oLhA", IssuedAt = Now, ExpiresAt = Now.AddSeconds(300),
        Resources = ["https://mcp.trackr.example/v1/mcp"], Scope = ScopeSet.Of("tickets:read", "tickets:comment"),
        Email = "mira.okoye@acme.example", EmailVerified = true, AuthTime = Now.AddSeconds(-125), Acr = "urn:acme:loa:2", Amr = ["pwd", "otp"],
        Tenant = "acme-eu", AudienceTenant = "ws_acme", AudienceSubject = "trk_4821",
        KeyThumbprint = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
    };

    // The claims of the catalogue's worked example.
    private const string Claims =
        """
        {"iss":"https://broker.acme.example","sub":"7d0c1b52-88f4-4c0e-9a55-1f3f7be0c9aa","aud":"https://as.trackr.example",
         "client_id":"cl_7hQ2notes","jti":"ij-4bW1uTq0R2m8sVfYx6oLhA","iat":1795165200,"exp":1795165500,
         "resource":"https://mcp.trackr.example/v1/mcp","scope":"tickets:read tickets:comment",
         "email":"mira.okoye@acme.example","email_verified":true,"auth_time":1795165075,"acr":"urn:acme:loa:2","amr":["pwd","otp"],
         "tenant":"acme-eu","aud_tenant":"ws_acme","aud_sub":"trk_4821",
         "cnf":{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}}
        """;

    [Fact, Trait("Spec", "JAG-01"), Trait("Spec", "JAG-02"), Trait("Spec", "JAG-07"), Trait("Spec", "JAG-14"), Trait("Spec", "JAG-15")]
    public async Task What_is_written_is_what_the_worked_example_shows_and_reads_back_the_same()
    {
        using var key = InProcessSigningKey.CreateEs256();
        var token = (await Full.ToJws(key).SignAsync(TestContext.Current.CancellationToken)).Reveal();

        Assert.True(CompactJws.TryParse(token, IdJag.MaxChars, out var jws, out _));
        using (jws)
        {
            Assert.Equal(JwsFailure.None, JwsVerifier.Verify(jws, new JsonWebKeySet([key.PublicKey]), [JwsAlgorithm.ES256], out _));
            Assert.Equal(("ES256", JwtType.IdJag, key.PublicKey.Thumbprint), (jws.Header.AlgorithmName, jws.Header.Type, jws.Header.KeyId));
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Claims), JsonNode.Parse(jws.Claims.ToJson())), jws.Claims.ToJson());
            AssertSame(Full, Read(jws.Claims));
        }
    }

    [Fact, Trait("Spec", "JAG-25")]
    public async Task Extra_claims_stand_beside_the_others_as_they_are()
    {
        using var key = InProcessSigningKey.CreateEs256();
        var idJag = Full with { ExtraClaims = new Dictionary<string, string> { ["name"] = "\"Mira\"", ["urn:acme:d"] = """{"a":[1,true]}""" } };
        var token = (await idJag.ToJws(key).SignAsync(TestContext.Current.CancellationToken)).Reveal();

        Assert.True(CompactJws.TryParse(token, IdJag.MaxChars, out var jws, out _));
        using (jws)
        {
            var expected = JsonNode.Parse(Claims)!.AsObject();
            (expected["name"], expected["urn:acme:d"]) = ("Mira", JsonNode.Parse("""{"a":[1,true]}"""));
            Assert.True(JsonNode.DeepEquals(expected, JsonNode.Parse(jws.Claims.ToJson())), jws.Claims.ToJson());
        }
    }

    [Fact, Trait("Spec", "JAG-25")]
    public void No_extra_claim_takes_the_name_of_one_that_is_written_or_of_one_that_is_never_copied()
    {
        var written = JsonNode.Parse(Claims)!.AsObject().Select(claim => claim.Key);
        foreach (var name in written.Concat(["cnf", "act", "nonce", "at_hash", "c_hash", "azp", "sid", "nbf", "authorization_details", "sub_id", "may_act"]))
            Assert.Throws<ArgumentException>(() => Full with { ExtraClaims = new Dictionary<string, string> { ["name"] = "1", [name] = "1" } });
    }

    [Fact]
    public async Task The_shortest_ID_JAG_reads_back_the_same()
    {
        var minimal = new IdJag
        {
            Issuer = Full.Issuer, Subject = "s", Audience = "a", ClientId = "c", JwtId = "j", IssuedAt = Now, ExpiresAt = Now.AddSeconds(1),
        };
        using var key = InProcessSigningKey.CreateEs256();
        Assert.True(CompactJws.TryParse((await minimal.ToJws(key).SignAsync(TestContext.Current.CancellationToken)).Reveal(), IdJag.MaxChars, out var jws, out _));
        using (jws)
        {
            Assert.Equal(["iss", "sub", "aud", "client_id", "jti", "iat", "exp"],
                JsonNode.Parse(jws.Claims.ToJson())!.AsObject().Select(member => member.Key));
            AssertSame(minimal, Read(jws.Claims));
        }
    }

    [Fact, Trait("Spec", "JAG-14")]
    public void Several_resources_are_an_array() =>
        Assert.Equal(["https://a.example/", "https://b.example/"], Read(With("resource", """["https://a.example/","https://b.example/"]""")).Resources);

    [Fact, Trait("Spec", "RAS-15"), Trait("Spec", "JAG-07")]
    public void An_audience_array_of_one_is_one() =>
        Assert.Equal("https://as.trackr.example", Read(With("aud", """["https://as.trackr.example"]""")).Audience);

    [Theory]
    [InlineData("""{"jkt":"x"}""")]
    [InlineData("null")]
    [InlineData("{}")]
    public void Any_cnf_makes_it_bound(string cnf)
    {
        Assert.True(Read(With("cnf", cnf)).IsKeyBound);
        Assert.False(Read(With("cnf", null)).IsKeyBound);
        Assert.False((Full with { KeyThumbprint = null }).IsKeyBound);
    }

    [Theory, Trait("Spec", "JAG-26")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("\"x\"")]
    [InlineData("""{"x5t#S256":"x"}""")]
    [InlineData("""{"jkt":1}""")]
    [InlineData("""{"jkt":""}""")]
    public void A_binding_that_is_not_understood_is_never_written_as_none(string cnf)
    {
        var read = Read(With("cnf", cnf));

        Assert.Null(read.KeyThumbprint);
        Assert.Throws<InvalidOperationException>(() => Expect.Json(json => { json.WriteStartObject(); read.WriteTo(json); }));
    }

    [Fact, Trait("Spec", "JAG-26")]
    public void An_ID_JAG_without_a_key_has_no_cnf() => Assert.False(Expect.Json(json =>
    {
        json.WriteStartObject();
        (Full with { KeyThumbprint = null }).WriteTo(json);
        json.WriteEndObject();
    }).TryGetProperty("cnf", out _));

    [Theory, Trait("Spec", "RAS-14")]
    [InlineData("iss"), InlineData("sub"), InlineData("aud"), InlineData("client_id"), InlineData("jti")]
    public void Refuses_an_ID_JAG_without(string claim) => Assert.StartsWith(claim, Fault(With(claim, null)), StringComparison.Ordinal);

    [Theory, Trait("Spec", "RAS-14"), Trait("Spec", "JAG-10"), Trait("Spec", "SEC-08")]
    [InlineData("iss"), InlineData("sub"), InlineData("client_id"), InlineData("jti")]
    [InlineData("email"), InlineData("acr"), InlineData("tenant"), InlineData("aud_tenant"), InlineData("aud_sub"), InlineData("scope")]
    public void Refuses_a_claim_that_is_not_a_plain_text(string claim)
    {
        foreach (var value in new[] { "\"\"", "1", "true", "null", "{}", "[]", "[\"x\"]", "\"a\\u0000b\"", "\"\\ud800\"", $"\"{new string('x', 2049)}\"" })
            Assert.StartsWith(claim, Fault(With(claim, value)), StringComparison.Ordinal);
    }

    [Theory, Trait("Spec", "JAG-05"), Trait("Spec", "JAG-10")]
    [InlineData("sub", 255), InlineData("jti", 255), InlineData("email", 320), InlineData("tenant", 255), InlineData("client_id", 2048)]
    public void A_claim_ends_at_its_length(string claim, int longest)
    {
        Read(With(claim, $"\"{new string('x', longest)}\""));
        Assert.StartsWith(claim, Fault(With(claim, $"\"{new string('x', longest + 1)}\"")), StringComparison.Ordinal);
    }

    [Theory, Trait("Spec", "RAS-15"), Trait("Spec", "JAG-07")]
    [InlineData("""["https://as.trackr.example","other"]""")]
    [InlineData("""["https://as.trackr.example","https://as.trackr.example"]""")]
    [InlineData("[]")]
    [InlineData("\"\"")]
    [InlineData("[\"\"]")]
    [InlineData("[1]")]
    [InlineData("[[\"https://as.trackr.example\"]]")]
    [InlineData("{}")]
    [InlineData("null")]
    public void Refuses_any_but_one_audience(string aud) => Assert.StartsWith("aud ", Fault(With("aud", aud)), StringComparison.Ordinal);

    [Theory, Trait("Spec", "JAG-14")]
    [InlineData("[]")]                                      // none granted must not read as "the default"
    [InlineData("null")]
    [InlineData("1")]
    [InlineData("\"\"")]
    [InlineData("""["a","a"]""")]
    [InlineData("""["a",""]""")]
    [InlineData("""["1","2","3","4","5","6","7","8","9"]""")]
    public void Refuses_a_malformed_resource(string resource) => Assert.StartsWith("resource", Fault(With("resource", resource)), StringComparison.Ordinal);

    [Theory, Trait("Spec", "JAG-15")]
    [InlineData("\" \"")]
    [InlineData("\"a\\\"b\"")]
    [InlineData("""["a"]""")]
    public void Refuses_a_malformed_scope(string scope) => Assert.StartsWith("scope", Fault(With("scope", scope)), StringComparison.Ordinal);

    [Theory]
    [InlineData("email_verified", "\"true\""), InlineData("email_verified", "1"), InlineData("email_verified", "null")]
    [InlineData("auth_time", "\"1\""), InlineData("auth_time", "1.5"), InlineData("auth_time", "-1"), InlineData("auth_time", "null")]
    [InlineData("amr", "1"), InlineData("amr", "[1]"), InlineData("amr", "null"), InlineData("amr", "{}")]
    [Trait("Spec", "RAS-14")]
    public void Refuses_an_optional_claim_of_another_type(string claim, string value) =>
        Assert.StartsWith(claim, Fault(With(claim, value)), StringComparison.Ordinal);

    [Fact, Trait("Spec", "JAG-29")]
    public void An_ID_JAG_longer_than_any_receiver_reads_is_not_made()
    {
        using var key = InProcessSigningKey.CreateEs256();

        Assert.Throws<InvalidOperationException>(() => (Full with { Acr = new string('x', 6000) }).ToJws(key));
        Assert.NotNull((Full with { Acr = new string('x', 5000) }).ToJws(key));
        Assert.False((Full with { Acr = new string('x', 6000) }).TryToJws(key, out _));
    }

    [Fact, Trait("Spec", "JAG-05")]
    public void A_record_may_leave_out_of_whom_it_is_and_an_ID_JAG_may_not()
    {
        using var key = InProcessSigningKey.CreateEs256();
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            (Full with { Subject = "" }).WriteTo(json);
            json.WriteEndObject();
        }

        Assert.False(JsonNode.Parse(buffer.ToArray())!.AsObject().ContainsKey("sub"));
        Assert.Throws<InvalidOperationException>(() => (Full with { Subject = "" }).ToJws(key));
    }

    private static JwtClaims With(string claim, string? value)
    {
        var claims = JsonNode.Parse(Claims)!.AsObject();
        claims.Remove(claim);
        var rest = claims.ToJsonString();
        return Forge.Claims(value is null ? rest : $"{rest[..^1]},\"{claim}\":{value}}}");
    }

    private static IdJag Read(JwtClaims claims)
    {
        Assert.Null(JwtTimes.Check(claims, Now, out var times));
        Assert.True(IdJag.TryRead(claims, times, out var idJag, out var fault), fault);
        return idJag;
    }

    private static string Fault(JwtClaims claims)
    {
        Assert.Null(JwtTimes.Check(claims, Now, out var times));
        Assert.False(IdJag.TryRead(claims, times, out _, out var fault));
        return fault!;
    }

    // Records compare their lists by reference, so every member is compared as its JSON.
    private static void AssertSame(IdJag expected, IdJag actual) => Assert.Equal(Members(expected), Members(actual));

    private static string Members(IdJag idJag) => string.Join('\n', typeof(IdJag).GetProperties().Select(property => string.Create(
        CultureInfo.InvariantCulture, $"{property.Name}={(property.GetValue(idJag) is IEnumerable<string> list ? JsonSerializer.Serialize(list) : property.GetValue(idJag))}")));
}
