using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Shared;
using IdJagBroker.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.Tests.Admin;

/// <summary>Whom the admin API lets in (RFC 6750, RFC 9068): each check broken alone.</summary>
public sealed class AdminAuthorizationTests(AdminFixture fixture, BrokerPostgres postgres) : IClassFixture<AdminFixture>
{
    private const string Path = "audit/events?limit=1";
    private const string InvalidToken = "Bearer error=\"invalid_token\"";
    private readonly BrokerFixture _broker = fixture.Broker;

    private AdminDesk Desk => fixture.Desk;

    [Fact]
    public async Task Lets_in_who_has_the_scope_and_whoever_holds_the_management_token()
    {
        Assert.Equal(HttpStatusCode.OK, (await Desk.GetAsync(Path, await Desk.SiemTokenAsync())).Status);
        Assert.Equal(HttpStatusCode.OK, (await Desk.GetAsync(Path, BrokerFixture.ManagementToken)).Status);
        Assert.Equal(HttpStatusCode.OK, (await Desk.GetAsync(Path, await Desk.SignAsync())).Status);       // what the tests below change one thing of
    }

    [Fact]
    public async Task Asks_for_a_token() => (await Desk.GetAsync(Path, null)).IsRefused(HttpStatusCode.Unauthorized, "Bearer", "no-token");

    public static TheoryData<string> Flaws => [.. Broken.Keys];

    private static readonly Dictionary<string, Action<JsonObject>> Broken = new(StringComparer.Ordinal)
    {
        ["expired"] = claims => (claims["iat"], claims["exp"]) = (Now(-900), Now(-61)),
        ["not yet valid"] = claims => claims["nbf"] = Now(120),
        ["issued in the future"] = claims => claims["iat"] = Now(120),
        ["never expires"] = claims => claims.Remove("exp"),
        ["of no time"] = claims => claims.Remove("iat"),
        ["another issuer"] = claims => claims["iss"] = "https://broker.other.example",
        ["another audience"] = claims => claims["aud"] = TestPolicies.Trackr,
        ["the broker itself as audience"] = claims => claims["aud"] = ((string)claims["iss"]!),
        ["several audiences"] = claims => claims["aud"] = new JsonArray(((string)claims["aud"]!), TestPolicies.Trackr),
        ["another subject"] = claims => claims["sub"] = "somebody",
        ["no client"] = claims => claims.Remove("client_id"),
        ["no jti"] = claims => claims.Remove("jti"),
        ["no scope"] = claims => claims.Remove("scope"),
        ["a malformed scope"] = claims => claims["scope"] = "audit.read \"",
        ["bound to a key"] = claims => claims["cnf"] = new JsonObject { ["jkt"] = "x" },
    };

    [Theory, MemberData(nameof(Flaws))]
    public async Task Refuses_a_token_with_one_flaw(string flaw)
    {
        var token = await Desk.SignAsync(Broken[flaw]);
        (await Desk.GetAsync(Path, token)).IsRefused(HttpStatusCode.Unauthorized, InvalidToken, "invalid-token");
    }

    [Theory, Trait("Spec", "SEC-21")]
    [InlineData(JwtType.IdJag), InlineData("JWT"), InlineData(JwtType.ClientAuthentication)]
    public async Task Refuses_another_kind_of_token(string type) =>
        (await Desk.GetAsync(Path, await Desk.SignAsync(type: type))).IsRefused(HttpStatusCode.Unauthorized, InvalidToken, "invalid-token");

    [Fact, Trait("Spec", "SEC-28")]
    public async Task Refuses_a_token_that_the_key_of_another_kind_signed() =>
        (await Desk.GetAsync(Path, await Desk.SignAsync(purpose: KeyPurpose.IdJag))).IsRefused(HttpStatusCode.Unauthorized, InvalidToken, "invalid-token");

    [Fact, Trait("Spec", "SEC-28")]
    public async Task Refuses_an_id_jag()
    {
        var idJag = (string)(await _broker.Token.ExchangeAsync()).IsGranted().Body!["access_token"]!;
        (await Desk.GetAsync(Path, idJag)).IsRefused(HttpStatusCode.Unauthorized, InvalidToken, "invalid-token");
    }

    [Fact]
    public async Task Refuses_a_token_that_somebody_else_signed_or_changed()
    {
        var token = await Desk.SiemTokenAsync();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        (await Desk.GetAsync(Path, Jwts.Sign(Jwts.Header(token), Jwts.Claims(token), other))).IsRefused(HttpStatusCode.Unauthorized, InvalidToken, "invalid-token");
        var wider = Jwts.Claims(token);
        wider["scope"] = "audit.read keys.write";
        var parts = token.Split('.');
        (await Desk.GetAsync(Path, $"{parts[0]}.{Jwts.Encode(wider.ToJsonString())}.{parts[2]}")).IsRefused(HttpStatusCode.Unauthorized, InvalidToken, "invalid-token");
        (await Desk.GetAsync(Path, $"{Jwts.Encode("""{"alg":"none","typ":"at+jwt"}""")}.{parts[1]}.")).IsRefused(HttpStatusCode.Unauthorized, InvalidToken, "invalid-token");
    }

    [Fact]
    public async Task Refuses_the_token_of_another_broker()
    {
        await using var other = new BrokerFixture(postgres);
        await other.StartAsync(changeCatalog: AdminDesk.Administrators(other));
        (await Desk.GetAsync(Path, await new AdminDesk(other).SiemTokenAsync())).IsRefused(HttpStatusCode.Unauthorized, InvalidToken, "invalid-token");
    }

    [Fact]
    public async Task Looks_for_the_token_in_one_header_and_nowhere_else()
    {
        var token = await Desk.SiemTokenAsync();
        (await Desk.SendAsync(HttpMethod.Get, "audit/events?access_token=" + token, [])).IsRefused(HttpStatusCode.Unauthorized, "Bearer", "no-token");
        foreach (var malformed in (string[])[$"Bearer {token} {token}", $"Bearer {token}, Bearer {BrokerFixture.ManagementToken}"])
            (await Desk.SendAsync(HttpMethod.Get, Path, [malformed])).IsRefused(HttpStatusCode.BadRequest, "Bearer error=\"invalid_request\"", "invalid-request");
        (await Desk.SendAsync(HttpMethod.Get, "audit/events?access_token=x", ["Bearer " + token])).IsRefused(HttpStatusCode.BadRequest, "Bearer error=\"invalid_request\"", "invalid-request");
        foreach (var nothing in (string[])["Bearer", "Bearer ", "Basic " + token, "DPoP " + token, "Bearerish " + token, token])
            (await Desk.SendAsync(HttpMethod.Get, Path, [nothing])).IsRefused(HttpStatusCode.Unauthorized, "Bearer", "no-token");
        Assert.Equal(HttpStatusCode.OK, (await Desk.SendAsync(HttpMethod.Get, Path, ["bearer  " + token])).Status);
    }

    [Fact]
    public async Task Refuses_two_headers_whichever_is_good()
    {
        var good = "Authorization: Bearer " + BrokerFixture.ManagementToken;
        Assert.Equal("HTTP/1.1 200 OK", await Desk.RawAsync(Path, good));
        Assert.Equal("HTTP/1.1 400 Bad Request", await Desk.RawAsync(Path, good, good));
        Assert.Equal("HTTP/1.1 400 Bad Request", await Desk.RawAsync(Path, good, "Authorization: Bearer x"));
        Assert.Equal("HTTP/1.1 400 Bad Request", await Desk.RawAsync(Path, "Authorization: Bearer x", good));
    }

    [Fact]
    public async Task Refuses_an_operation_that_the_token_is_not_good_for_and_records_it()
    {
        var token = await Desk.SiemTokenAsync();

        var refused = await Desk.SendAsync(HttpMethod.Post, "clients/agent/disable", ["Bearer " + token]);

        refused.IsRefused(HttpStatusCode.Forbidden, "Bearer error=\"insufficient_scope\", scope=\"clients.write\"", "insufficient-scope");
        var jti = (string)Jwts.Claims(token)["jti"]!;
        var denied = (await _broker.AuditAsync($"jti={jti}&outcome=denied")).Single()!;
        Assert.Equal(("admin.denied", "INSUFFICIENT_SCOPE"), ((string?)denied["type"], (string?)denied["reason"]));
        Assert.Equal(("admin", "siem", "collector", jti), ActorOf(denied));
        var request = denied["data"]!["request"]!;
        Assert.Equal(("POST", "/admin/v1/clients/{alias}/disable", "clients.write"), ((string?)request["method"], (string?)request["path"], (string?)request["scope_needed"]));
    }

    [Fact]
    public async Task Gives_a_token_no_more_than_was_asked_for_it()
    {
        var narrow = await Desk.SiemTokenAsync("clients.read");
        Assert.Equal(HttpStatusCode.OK, (await Desk.GetAsync("clients", narrow)).Status);
        (await Desk.GetAsync(Path, narrow)).IsRefused(HttpStatusCode.Forbidden, "Bearer error=\"insufficient_scope\", scope=\"audit.read\"", "insufficient-scope");
    }

    [Theory]
    [InlineData("scopes: [audit.read, clients.read]", "scopes: [clients.read]", 403, "INSUFFICIENT_SCOPE", "siem")]
    [InlineData("role: collector", "role: collector\n    enabled: false", 401, "ADMIN_DISABLED", "siem")]
    [InlineData("clientIds: [siem-collector]", "clientIds: [siem-collector-2]", 401, "ADMIN_UNKNOWN", "siem-collector")]
    public async Task Takes_at_once_what_the_catalogue_takes(string was, string becomes, int status, string reason, string key)
    {
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync(changeCatalog: AdminDesk.Administrators(broker));
        var desk = new AdminDesk(broker);
        var token = await desk.SiemTokenAsync();
        var file = System.IO.Path.Combine(broker.State, "policies", "00-catalog.yaml");
        var text = await File.ReadAllTextAsync(file);
        Assert.Contains(was, text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, text.Replace(was, becomes, StringComparison.Ordinal));

        DeskAnswer refused = null!;
        for (var tries = 0; tries < 200 && (refused = await desk.GetAsync(Path, token)).Status is HttpStatusCode.OK; tries++) await Task.Delay(50);     // until the broker has seen the file
        Assert.Equal(status, (int)refused.Status);
        Assert.Equal(status is 401 ? InvalidToken : "Bearer error=\"insufficient_scope\", scope=\"audit.read\"", refused.Challenge);
        var denied = Assert.Single(await desk.EventsAsync("admin.denied"));
        Assert.Equal((reason, key), ((string?)denied["reason"], (string?)denied["actor"]!["key"]));
    }

    [Fact]
    public async Task Writes_nothing_into_the_log_for_who_is_nobody()
    {
        var before = (await Desk.EventsAsync("admin.denied")).Count;
        await Desk.GetAsync(Path, await Desk.SignAsync(Broken["expired"]));
        await Desk.GetAsync(Path, "guessed");
        await Desk.GetAsync(Path, null);
        Assert.Equal(before, (await Desk.EventsAsync("admin.denied")).Count);
    }

    [Fact]
    public async Task Names_in_the_log_who_changed_what()
    {
        var token = await Desk.OperatorTokenAsync();
        var jti = (string)Jwts.Claims(token)["jti"]!;
        var kid = _broker.Services.GetRequiredService<SigningKeyRing>().For(KeyPurpose.IdJag, JwsAlgorithm.ES256).PublicKey.KeyId!;
        Assert.Equal(HttpStatusCode.Accepted, (await Desk.SendAsync(HttpMethod.Post, "keys/rotate", ["Bearer " + token], """{"algorithm":"ES256","purpose":"id_jag"}""")).Status);
        var asked = (await Desk.EventsAsync("key.rotation_requested")).Single(e => (string?)e["kid"] == kid);
        Assert.Equal(("admin", "operator", null, jti), ActorOf(asked));
    }

    [Fact]
    public async Task Lets_nobody_register_a_client_under_an_administrators_id()
    {
        var authorization = "Bearer " + await Desk.OperatorTokenAsync();
        var taken = await Desk.SendAsync(HttpMethod.Post, "clients", [authorization], $$"""{"alias":"filed","client_ids":["{{AdminDesk.Siem}}"]}""");
        Assert.Equal((HttpStatusCode.Conflict, "urn:idjag:problem:owned-by-catalogue"), (taken.Status, (string?)taken.Body["type"]));

        Assert.Equal(HttpStatusCode.Created, (await Desk.SendAsync(HttpMethod.Post, "clients", [authorization], """{"alias":"filed","client_ids":["filed-1"]}""")).Status);
        var created = Assert.Single(await Desk.EventsAsync("client.created"));
        Assert.Equal(("admin", "operator"), ((string?)created["actor"]!["kind"], (string?)created["actor"]!["key"]));
        Assert.NotNull((string?)created["actor"]!["session"]);
    }

    [Fact]
    public async Task Tells_the_management_token_from_an_administrator()
    {
        (await Desk.SendAsync(HttpMethod.Post, "keys/rotate", ["Bearer " + BrokerFixture.ManagementToken], """{"algorithm":"RS256"}""")).Status.ToString();
        var asked = (await Desk.EventsAsync("key.rotation_requested")).First(e => (string?)e["data"]!["algorithm"] is "RS256");
        Assert.Equal(("admin", "management-token", "break-glass", null), ActorOf(asked));
    }

    private static (string?, string?, string?, string?) ActorOf(JsonNode e)
    {
        var actor = e["actor"]!;
        return ((string?)actor["kind"], (string?)actor["key"], (string?)actor["role"], (string?)actor["session"]);
    }

    private static long Now(int seconds) => DateTimeOffset.UtcNow.ToUnixTimeSeconds() + seconds;
}
