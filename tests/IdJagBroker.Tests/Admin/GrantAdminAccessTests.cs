using System.Net;
using System.Text.Json.Nodes;
using IdJagBroker.Protocol;
using IdJagBroker.Shared;
using IdJagBroker.Tests.Storage;
using IdJagBroker.Tests.TokenExchange;

namespace IdJagBroker.Tests.Admin;

/// <summary>The client credentials grant (RFC 6749 §4.4): who gets an access token for the admin API, and which.</summary>
public sealed class GrantAdminAccessTests(AdminFixture fixture, BrokerPostgres postgres) : IClassFixture<AdminFixture>
{
    private readonly BrokerFixture _broker = fixture.Broker;

    private AdminDesk Desk => fixture.Desk;

    [Fact]
    public async Task Gives_an_access_token_for_the_admin_api_and_says_so_as_the_rfc_has_it()
    {
        var answer = (await Desk.AskAsync()).IsGranted();

        Assert.Equal(["access_token", "expires_in", "resource", "scope", "token_type"], answer.Body!.Select(member => member.Key).Order(StringComparer.Ordinal));
        Assert.Equal(("Bearer", "audit.read clients.read"), ((string?)answer.Body!["token_type"], (string?)answer.Body["scope"]));
        Assert.InRange((int)answer.Body["expires_in"]!, 595, 600);
        var token = (string)answer.Body["access_token"]!;
        Assert.Equal(("at+jwt", "ES256"), ((string?)Jwts.Header(token)["typ"], (string?)Jwts.Header(token)["alg"]));
        var claims = Jwts.Claims(token);
        Assert.Equal(["aud", "client_id", "exp", "iat", "iss", "jti", "scope", "sub"], claims.Select(claim => claim.Key).Order(StringComparer.Ordinal));
        Assert.Equal(
            (_broker.Issuer, AdminDesk.Siem, AdminDesk.Siem, _broker.Issuer + "/admin", "audit.read clients.read"),
            ((string?)claims["iss"], (string?)claims["sub"], (string?)claims["client_id"], (string?)claims["aud"], (string?)claims["scope"]));
        Assert.Equal(600, (long)claims["exp"]! - (long)claims["iat"]!);
        Assert.NotEqual((string?)claims["jti"], (string?)Jwts.Claims(await Desk.SiemTokenAsync())["jti"]);
        Assert.Equal((long)claims["iat"]!, JwtIdsTests.TimeOf((string)claims["jti"]!).ToUnixTimeSeconds());
    }

    [Fact]
    public async Task Records_the_sign_in_before_it_signs()
    {
        var answer = (await Desk.AskAsync(("scope", "audit.read"))).IsGranted();

        var token = (string)answer.Body!["access_token"]!;
        var jti = (string)Jwts.Claims(token)["jti"]!;
        var signedIn = Assert.Single(await _broker.AuditAsync($"jti={jti}"))!;
        Assert.Equal(("admin.signed_in", "ok", (string?)Jwts.Header(token)["kid"]), ((string?)signedIn["type"], (string?)signedIn["outcome"], (string?)signedIn["kid"]));
        Assert.Null(signedIn["client"]);
        Assert.Equal($$"""{"key":"siem","kind":"admin","role":"collector","session":"{{jti}}"}""", Sorted(signedIn["actor"]!));
        Assert.Equal(("audit.read", "client_secret_post"), ((string?)signedIn["data"]!["scope"], (string?)signedIn["data"]!["facts"]!["client_auth"]));
        var input = token[..token.LastIndexOf('.')];
        var hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(input));
        Assert.Equal(Convert.ToHexStringLower(hash), (string?)signedIn["data"]!["signing_input_sha256"]);
        Assert.DoesNotContain(token, signedIn.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gives_what_is_asked_for_of_what_is_registered()
    {
        var some = (await Desk.AskAsync(("scope", "clients.read"))).IsGranted();
        Assert.Equal("clients.read", (string?)some.Body!["scope"]);
        Assert.Equal("clients.read", (string?)Jwts.Claims((string)some.Body["access_token"]!)["scope"]);
    }

    [Theory]
    [InlineData("clients.write")]                   // there is such a scope, and it is not theirs
    [InlineData("audit.read clients.write")]        // nothing is left out in silence
    [InlineData("audit.everything")]
    [InlineData("Audit.read")]
    [InlineData("tickets:read")]
    [InlineData("audit\u00e4")]
    public async Task Widens_no_scope(string scope)
    {
        (await Desk.AskAsync(("scope", scope))).IsRefused("invalid_scope");
    }

    [Fact]
    public async Task Records_what_was_asked_for_in_vain()
    {
        var refused = await Desk.AskAsync(("scope", "keys.write"));

        var denied = await _broker.ExplainAsync(refused);
        Assert.Equal(("admin.denied", "denied", "SCOPE_NOT_ALLOWED"), ((string?)denied["type"], (string?)denied["outcome"], (string?)denied["reason"]));
        Assert.Equal(("siem", "keys.write"), ((string?)denied["actor"]!["key"], (string?)denied["data"]!["request"]!["scope"]));
    }

    [Fact]
    public async Task Takes_a_signed_assertion_once()
    {
        var assertion = Desk.Assertion();
        var first = (await Desk.AskByAssertionAsync(assertion)).IsGranted();
        Assert.Equal("clients.read clients.write keys.read keys.write", (string?)first.Body!["scope"]);

        var second = await Desk.AskByAssertionAsync(assertion);

        second.IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        var denied = await _broker.ExplainAsync(second);
        Assert.Equal(("admin.denied", "REQ_CLIENT_AUTH", "operator"), ((string?)denied["type"], (string?)denied["reason"], (string?)denied["actor"]!["key"]));
        Assert.Equal("""["client_assertion"]""", denied["data"]!["replayed"]!.ToJsonString());
    }

    [Fact]
    public async Task Takes_basic_as_well()
    {
        var basic = Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes($"{AdminDesk.Siem}:{_broker.Secret}"));
        var form = Desk.Form(("client_id", null), ("client_secret", null));
        (await _broker.Token.SendAsync(form, request => request.Headers.Authorization = new("Basic", basic))).IsGranted();
    }

    [Fact]
    public async Task Refuses_who_does_not_prove_who_it_is()
    {
        var wrong = await Desk.AskAsync(("client_secret", new string('w', 43)));
        wrong.IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        (await Desk.AskAsync(("client_id", "nobody"))).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        (await Desk.AskAsync(("client_secret", null))).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        (await Desk.AskAsync(("client_id", AdminDesk.Operator))).IsRefused("invalid_client", HttpStatusCode.Unauthorized);       // registered for a key
        Assert.Contains(await Desk.EventsAsync("admin.denied"), e => (string?)e["reason"] is "REQ_CLIENT_AUTH" && (string?)e["actor"]!["key"] is "siem");
    }

    [Fact]
    public async Task Refuses_an_administrator_that_is_not_enabled()
    {
        var refused = await Desk.AskAsync(("client_id", "left"));

        refused.IsRefused("unauthorized_client");
        Assert.Equal("CLIENT_DISABLED", (string?)(await _broker.ExplainAsync(refused))["reason"]);
    }

    [Fact]
    public async Task Is_no_grant_for_clients()
    {
        var refused = await Desk.AskAsync(("client_id", BrokerFixture.AgentId));

        refused.IsRefused("unauthorized_client");
        var denied = await _broker.ExplainAsync(refused);
        Assert.Equal(("admin.denied", "GRANT_NOT_ALLOWED", "agent"), ((string?)denied["type"], (string?)denied["reason"], (string?)denied["client"]));
        Assert.Equal("client", (string?)denied["actor"]!["kind"]);
    }

    [Fact]
    public async Task Gives_administrators_no_id_jag()
    {
        var refused = await _broker.Token.ExchangeAsync(("client_id", AdminDesk.Siem));

        refused.IsRefused("unauthorized_client");
        var denied = await _broker.ExplainAsync(refused);
        Assert.Equal(("idjag.denied", "GRANT_NOT_ALLOWED", "siem"), ((string?)denied["type"], (string?)denied["reason"], (string?)denied["actor"]!["key"]));
    }

    [Theory]
    [InlineData("resource", "https://mcp.trackr.example/v1/mcp", "invalid_target")]
    [InlineData("authorization_details", "[]", "invalid_authorization_details")]
    public async Task Refuses_what_would_have_to_be_another_token(string name, string value, string error) => (await Desk.AskAsync((name, value))).IsRefused(error);

    [Fact]
    public async Task Takes_the_admin_api_as_resource() => (await Desk.AskAsync(("resource", _broker.Issuer + "/admin"))).IsGranted();

    [Fact]
    public async Task Passes_no_proof_of_possession_over()
    {
        var refused = await _broker.Token.SendAsync(Desk.Form(), request => request.Headers.Add("DPoP", "e30.e30.e30"));
        refused.IsRefused("invalid_dpop_proof");
    }

    [Fact]
    public async Task Announces_the_grant_where_there_is_an_administrator_and_only_there()
    {
        Assert.Equal($"[\"{GrantType.TokenExchange}\",\"client_credentials\"]", await GrantsAsync(_broker));
        await using var other = new BrokerFixture(postgres);
        await other.StartAsync();
        Assert.Equal($"[\"{GrantType.TokenExchange}\"]", await GrantsAsync(other));
        (await other.Token.ExchangeAsync(("grant_type", "client_credentials"))).IsRefused("unsupported_grant_type");
    }

    [Fact, Trait("Spec", "IDP-64")]
    public async Task Limits_how_often_an_administrator_asks()
    {
        await using var other = new BrokerFixture(postgres);
        await other.StartAsync(["--RateLimits:ClientPerSecond=1", "--RateLimits:ClientBurst=2"], changeCatalog: AdminDesk.Administrators(other));
        var desk = new AdminDesk(other);
        for (var i = 0; i < 2; i++) (await desk.AskAsync()).IsGranted();

        var limited = await desk.AskAsync();

        limited.IsRefused("temporarily_unavailable", HttpStatusCode.TooManyRequests);
        Assert.NotNull(limited.Headers.RetryAfter?.Delta);
        (await other.Token.ExchangeAsync()).IsGranted();         // a client's limit is its own
    }

    [Fact]
    public async Task Lives_as_long_as_it_is_configured_to()
    {
        await using var other = new BrokerFixture(postgres);
        await other.StartAsync(["--Management:AccessTokenLifetime=00:01:00"], changeCatalog: AdminDesk.Administrators(other));
        Assert.InRange((int)(await new AdminDesk(other).AskAsync()).IsGranted().Body!["expires_in"]!, 55, 60);
    }

    private static async Task<string> GrantsAsync(BrokerFixture broker) =>
        JsonNode.Parse(await broker.Http.GetStringAsync(broker.Issuer + "/.well-known/oauth-authorization-server"))!["grant_types_supported"]!.ToJsonString();

    private static string Sorted(JsonNode node) =>
        new JsonObject(node.AsObject().OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone()))).ToJsonString();
}
