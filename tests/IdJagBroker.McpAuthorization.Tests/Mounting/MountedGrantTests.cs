using System.Net;
using System.Text.Json.Nodes;
using IdJagBroker.McpAuthorization.Mounting;
using IdJagBroker.McpAuthorization.Tests.Support;
using IdJagBroker.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization.Tests.Mounting;

/// <summary>An authorization server that was there before, with clients, tokens and metadata of its own: it takes ID-JAGs too, and everything else stays as it was.</summary>
public sealed class MountedGrantTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>, IAsyncLifetime
{
    private const string TokenPath = "/connect/token";
    private WebApplication _app = null!;
    private HttpClient _http = null!;
    private string? _metadata;
    private int _metadataStatus = 200;

    // The vendor's own.
    private sealed class Clients : IClientAuthenticator
    {
        public ValueTask<OAuthResult<AuthenticatedClient>> AuthenticateAsync(ClientCredentials credentials, CancellationToken ct) =>
            ValueTask.FromResult<OAuthResult<AuthenticatedClient>>(credentials.Secret == "the vendor knows" && credentials.ClientId == Ras.Client
                ? new AuthenticatedClient(Ras.Client) : OAuthError.InvalidClient("no such client"));
    }

    private sealed class Tokens : IAccessTokenIssuer
    {
        public ValueTask<IssuedAccessToken> IssueAsync(AccessTokenGrant grant, CancellationToken ct) =>
            ValueTask.FromResult(new IssuedAccessToken(Protocol.Jws.EncodedJwt.Of("vendor-token-for-" + grant.Resource), "id-1", TimeSpan.FromMinutes(7)) { KeyThumbprint = grant.KeyThumbprint });
    }

    public async ValueTask InitializeAsync() => await StartAsync(leaveOthers: false);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    private async Task StartAsync(bool leaveOthers, Action<IdJagAuthorizationServerOptions>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Development" });
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<TimeProvider>(new ManualClock());
        builder.Services.AddIdJagAuthorizationServer(options =>
        {
            (options.Issuer, options.TokenEndpoint) = (Ras.Issuer, Ras.Issuer + TokenPath);
            options.ClientAuthenticationMethods = ["client_secret_post"];
            options.TrustedIssuers.Add(new TrustedIssuer { Issuer = broker.Issuer });
            options.Resources.Add(new ProtectedResource { Resource = Ras.Resource, Scopes = ["tickets:read", "tickets:comment"] });
            configure?.Invoke(options);
        }).UseClientAuthenticator<Clients>().UseAccessTokenIssuer<Tokens>();
        var app = builder.Build();
        app.UseIdJagGrant(leaveOthers);
        app.UseIdJagMetadata();
        app.MapPost(TokenPath, async (HttpContext http) => "the vendor's: " + await new StreamReader(http.Request.Body).ReadToEndAsync());
        app.MapGet(TokenPath, () => "a page");
        app.MapGet("/.well-known/openid-configuration", (HttpContext http) =>
        {
            http.Response.Headers.ETag = "\"1\"";
            return Results.Text(_metadata ?? Document().ToJsonString(), "application/json", statusCode: _metadataStatus);
        });
        await app.StartAsync();
        (_app, _http) = (app, new HttpClient { BaseAddress = new Uri(app.Urls.Single()) });
    }

    private static JsonObject Document() => new()
    {
        ["issuer"] = Ras.Issuer, ["authorization_endpoint"] = Ras.Issuer + "/connect/authorize", ["token_endpoint"] = Ras.Issuer + TokenPath, ["jwks_uri"] = Ras.Issuer + "/keys",
        ["grant_types_supported"] = new JsonArray("authorization_code", "refresh_token"), ["vendor_member"] = new JsonObject { ["a"] = 1 },
    };

    private async Task<Answer> PostAsync(string path, params (string, string)[] form)
    {
        using var content = new FormUrlEncodedContent(form.Select(pair => KeyValuePair.Create(pair.Item1, pair.Item2)));
        return await Answer.ReadAsync(await _http.PostAsync(new Uri(path, UriKind.Relative), content));
    }

    private Task<Answer> RedeemAsync(string assertion, string secret = "the vendor knows", string path = TokenPath) => PostAsync(
        path, ("grant_type", GrantType.JwtBearer), ("assertion", assertion), ("client_id", Ras.Client), ("client_secret", secret));

    [Fact, Trait("Spec", "RAS-02"), Trait("Spec", "RAS-04"), Trait("Spec", "RAS-41")]
    public async Task Redeems_with_the_vendors_clients_and_tokens()
    {
        var answer = (await RedeemAsync(broker.IdJag().Encode())).AssertIssued();
        Assert.Equal(("vendor-token-for-" + Ras.Resource, 420), (answer.AccessToken, (int)answer.Json["expires_in"]!));
        (await RedeemAsync(broker.IdJag().Encode(), "wrong")).AssertRefused(401, "invalid_client");
        var expired = broker.IdJag();
        expired.Claims["exp"] = 1;
        (await RedeemAsync(expired.Encode())).AssertRefused(400, "invalid_grant");
    }

    [Fact]
    public async Task Leaves_everything_else_to_the_server_that_was_there()
    {
        Assert.Equal("the vendor's: grant_type=authorization_code&code=x", (await PostAsync(TokenPath, ("grant_type", "authorization_code"), ("code", "x"))).Body);
        Assert.Equal("a page", await _http.GetStringAsync(new Uri(TokenPath, UriKind.Relative)));
        Assert.StartsWith("the vendor's: {", (await Answer.ReadAsync(await _http.PostAsync(new Uri(TokenPath, UriKind.Relative), new StringContent("{\"grant_type\":1}")))).Body, StringComparison.Ordinal);
        var large = new string('x', 100 * 1024);
        Assert.Equal($"the vendor's: grant_type=authorization_code&code={large}", (await PostAsync(TokenPath, ("grant_type", "authorization_code"), ("code", large))).Body);
        Assert.StartsWith("the vendor's: grant_type=a&grant_type=b", (await PostAsync(TokenPath, ("grant_type", "a"), ("grant_type", "b"))).Body, StringComparison.Ordinal);
        Assert.Equal(404, (await RedeemAsync(broker.IdJag().Encode(), path: "/token")).Status);
    }

    [Fact, Trait("Spec", "RAS-09")]
    public async Task Other_assertions_are_refused_unless_the_server_has_a_use_for_them()
    {
        var other = broker.IdJag();
        other.Header["typ"] = "JWT";
        (await RedeemAsync(other.Encode())).AssertRefused(400, "invalid_grant");
        await DisposeAsync();
        await StartAsync(leaveOthers: true);
        Assert.StartsWith("the vendor's: grant_type=", (await RedeemAsync(other.Encode())).Body, StringComparison.Ordinal);
        Assert.StartsWith("the vendor's: grant_type=", (await RedeemAsync("x.y")).Body, StringComparison.Ordinal);
        (await RedeemAsync(broker.IdJag().Encode())).AssertIssued();
    }

    [Fact, Trait("Spec", "META-09"), Trait("Spec", "META-11")]
    public async Task The_servers_metadata_says_so_and_loses_nothing()
    {
        using var response = await _http.GetAsync(new Uri("/.well-known/openid-configuration", UriKind.Relative));
        var document = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
        Assert.Null(response.Headers.ETag);
        Assert.Equal(["authorization_code", "refresh_token", GrantType.JwtBearer, GrantType.JwtDpop], Texts(document["grant_types_supported"]));
        Assert.Equal(["client_secret_basic", "client_secret_post"], Texts(document["token_endpoint_auth_methods_supported"]));     // the one that it had by being silent
        Assert.Equal([GrantType.IdJagProfile], Texts(document["authorization_grant_profiles_supported"]));
        Assert.Equal(["ES256", "ES384", "RS256", "PS256"], Texts(document["dpop_signing_alg_values_supported"]));
        Assert.Null(document["scopes_supported"]);      // a list of ours alone would deny the server's
        foreach (var (member, value) in Document())
            if (member is not "grant_types_supported") Assert.Equal(value!.ToJsonString(), document[member]!.ToJsonString());
    }

    [Theory]
    [InlineData("not json", 200)]
    [InlineData("[]", 200)]
    [InlineData("{\"issuer\":\"https://other.example\"}", 200)]
    [InlineData("{\"issuer\":7}", 200)]
    [InlineData("down", 503)]
    public async Task What_is_not_the_document_goes_on_as_it_came(string document, int status)
    {
        (_metadata, _metadataStatus) = (document, status);
        using var response = await _http.GetAsync(new Uri("/.well-known/openid-configuration", UriKind.Relative));
        Assert.Equal((status, document), ((int)response.StatusCode, await response.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task A_document_that_the_server_writes_is_extended_by_hand()
    {
        var metadata = _app.Services.GetRequiredService<IdJagMetadata>();
        var document = Document();
        document["scopes_supported"] = new JsonArray("openid");
        metadata.AddTo(document);
        Assert.Equal(["openid", "tickets:read", "tickets:comment"], Texts(document["scopes_supported"]));
        Assert.Throws<InvalidOperationException>(() => metadata.AddTo(new JsonObject { ["issuer"] = Ras.Issuer + "/" }));
        await Task.CompletedTask;
    }

    [Fact]
    public async Task Receipts_need_a_key_of_their_own_where_tokens_are_signed_elsewhere()
    {
        await DisposeAsync();
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(false, options => options.TrustedIssuers[0].Receipts = new ReceiptOptions()));
        Assert.Equal([$"TrustedIssuers[{broker.Issuer}].Receipts.SigningKey: is required where access tokens are signed elsewhere."], refused.Failures);
        await StartAsync(false);
    }

    [Theory]
    [InlineData("http://as.trackr.example/token")]
    [InlineData("/connect/token")]
    [InlineData("https://as.trackr.example/token?x=1")]
    [InlineData("https://as.trackr.example/token#x")]
    public async Task Does_not_start_with_a_token_endpoint_that_is_no_url(string url)
    {
        await DisposeAsync();
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(false, options => options.TokenEndpoint = url));
        Assert.Equal(["TokenEndpoint: an https URL without query or fragment."], refused.Failures);
        await StartAsync(false);
    }

    private static IEnumerable<string> Texts(JsonNode? list) => list!.AsArray().Select(value => (string)value!);
}
