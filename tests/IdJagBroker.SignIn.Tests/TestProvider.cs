using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;

namespace IdJagBroker.Tests.SigningIn;

/// <summary>
/// An identity provider on loopback that people are sent to: it asks nobody for a password, and answers as a test wants it to. What a client must do (PKCE, redirect
/// URI, its secret) it checks like any other.
/// </summary>
internal sealed class TestProvider : IAsyncDisposable
{
    public const string ClientId = "broker-at-provider";
    public const string Secret = "the-broker-proves-itself-with-this";

    private readonly WebApplication _app;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ConcurrentDictionary<string, Dictionary<string, string>> _codes = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> _refreshTokens = new();

    private TestProvider(string issuer, WebApplication app) => (Issuer, _app) = (issuer, app);

    public string Issuer { get; }

    /// <summary>Who sits before the browser.</summary>
    public string Person { get; set; } = "00u-ana";

    public string[] Groups { get; set; } = ["00g-eng"];

    /// <summary>Changes the ID Token that is about to be signed: header, claims.</summary>
    public Action<JsonObject, JsonObject>? Change { get; set; }

    /// <summary>What the authorization endpoint answers instead of a code: parameters by name.</summary>
    public (string Name, string Value)[]? Answer { get; set; }

    /// <summary>Whether answers name the issuer (RFC 9207).</summary>
    public string? NamesItself { get; set; }

    /// <summary>Whether the discovery document says that they do.</summary>
    public bool SaysThatItNamesItself { get; set; }

    /// <summary>Signs with another key than it publishes.</summary>
    public ECDsa? OtherKey { get; set; }

    /// <summary>Answers 503 at the token endpoint.</summary>
    public bool IsDown { get; set; }

    /// <summary>Knows the person no more: refresh tokens are refused.</summary>
    public bool PersonIsDisabled { get; set; }

    /// <summary>Leaves the ID Token out of what a refresh token gives.</summary>
    public bool RefreshesWithoutIdToken { get; set; }

    /// <summary>When the person signed in; now, if not said.</summary>
    public DateTimeOffset? AuthTime { get; set; }

    /// <summary>The time by which it signs.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>The last request at the authorization endpoint.</summary>
    public Dictionary<string, string> Asked { get; private set; } = [];

    /// <summary>The last form at the token endpoint.</summary>
    public Dictionary<string, string> AskedForTokens { get; private set; } = [];

    public int Refreshes { get; private set; }

    /// <summary>The last refresh token that it gave.</summary>
    public string? LastRefreshToken { get; private set; }

    /// <summary>A client's metadata document, which has nothing to do with the provider but needs a place too.</summary>
    public JsonObject? ClientDocument { get; set; }

    /// <summary>Checks an assertion instead of the secret: returns whether it stands.</summary>
    public Func<string, Task<bool>>? Assertions { get; set; }

    public static async Task<TestProvider> StartAsync()
    {
        var port = FreePort.Next();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add($"http://127.0.0.1:{port}");
        var provider = new TestProvider($"http://127.0.0.1:{port}", app);
        app.MapGet("/.well-known/openid-configuration", provider.Discovery);
        app.MapGet("/jwks", () => Json(new JsonObject { ["keys"] = new JsonArray(TestIdp.Jwk(provider._key, "p-1")) }));
        app.MapGet("/client.json", () => provider.ClientDocument is { } document ? Json(document) : Results.NotFound());
        app.MapGet("/authorize", (HttpContext http) => provider.Authorize(http));
        app.MapPost("/token", async Task<IResult> (HttpContext http) => await provider.TokenAsync(http));      // a method group would be taken for a RequestDelegate, and its result dropped
        await app.StartAsync();
        return provider;
    }

    /// <summary>Signs whatever a test makes up.</summary>
    public string Sign(JsonObject header, JsonObject claims) => Jwts.Sign(header, claims, OtherKey ?? _key);

    /// <summary>A good logout token, with whatever <paramref name="change"/> makes of it.</summary>
    public string LogoutToken(Action<JsonObject, JsonObject>? change = null)
    {
        var now = Clock.GetUtcNow().ToUnixTimeSeconds();
        var header = new JsonObject { ["alg"] = "ES256", ["kid"] = "p-1", ["typ"] = "logout+jwt" };
        var claims = new JsonObject
        {
            ["iss"] = Issuer, ["aud"] = ClientId, ["iat"] = now, ["exp"] = now + 120, ["jti"] = Guid.NewGuid().ToString("N"), ["sub"] = Person, ["sid"] = "session-of-" + Person,
            ["events"] = new JsonObject { ["http://schemas.openid.net/event/backchannel-logout"] = new JsonObject() },
        };
        change?.Invoke(header, claims);
        return Sign(header, claims);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _key.Dispose();
    }

    private IResult Discovery()
    {
        var document = new JsonObject
        {
            ["issuer"] = Issuer, ["jwks_uri"] = Issuer + "/jwks", ["authorization_endpoint"] = Issuer + "/authorize", ["token_endpoint"] = Issuer + "/token",
        };
        if (SaysThatItNamesItself) document["authorization_response_iss_parameter_supported"] = true;
        return Json(document);
    }

    private IResult Authorize(HttpContext http)
    {
        Asked = http.Request.Query.ToDictionary(parameter => parameter.Key, parameter => parameter.Value.ToString());
        var code = Guid.NewGuid().ToString("N");
        _codes[code] = Asked;
        var answer = new Dictionary<string, string?> { ["state"] = Asked["state"] };
        foreach (var (name, value) in Answer ?? [("code", code)]) answer[name] = value;
        if (NamesItself is not null) answer["iss"] = NamesItself;
        return Results.Redirect(QueryHelpers.AddQueryString(Asked["redirect_uri"], answer));
    }

    private async Task<IResult> TokenAsync(HttpContext http)
    {
        if (IsDown) return Results.StatusCode(503);
        var form = await http.Request.ReadFormAsync();
        AskedForTokens = form.ToDictionary(parameter => parameter.Key, parameter => parameter.Value.ToString());
        if (!await IsTheBrokerAsync(http)) return Refuse("invalid_client", 401);
        if (AskedForTokens["grant_type"] is "refresh_token")
        {
            Refreshes++;
            if (PersonIsDisabled || !_refreshTokens.TryRemove(AskedForTokens["refresh_token"], out var signedInAt)) return Refuse("invalid_grant", 400);      // rotated: each is good once
            return Json(Tokens(null, signedInAt, withIdToken: !RefreshesWithoutIdToken, withRefreshToken: true));
        }
        if (!_codes.TryRemove(AskedForTokens["code"], out var asked)) return Refuse("invalid_grant", 400);
        var challenge = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(AskedForTokens["code_verifier"])));
        if (asked["code_challenge"] != challenge || asked["code_challenge_method"] is not "S256" || asked["redirect_uri"] != AskedForTokens["redirect_uri"]) return Refuse("invalid_grant", 400);
        return Json(Tokens(asked["nonce"], AuthTime ?? Clock.GetUtcNow(), withIdToken: true, withRefreshToken: asked["scope"].Contains("offline_access", StringComparison.Ordinal)));
    }

    private async Task<bool> IsTheBrokerAsync(HttpContext http) => Assertions is { } check
        ? await check(AskedForTokens.GetValueOrDefault("client_assertion") ?? "")
        : http.Request.Headers.Authorization == "Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes($"{ClientId}:{Secret}"));

    private JsonObject Tokens(string? nonce, DateTimeOffset signedInAt, bool withIdToken, bool withRefreshToken)
    {
        var now = Clock.GetUtcNow().ToUnixTimeSeconds();
        var header = new JsonObject { ["alg"] = "ES256", ["kid"] = "p-1", ["typ"] = "JWT" };
        var claims = new JsonObject
        {
            ["iss"] = Issuer, ["sub"] = Person, ["aud"] = ClientId, ["iat"] = now, ["exp"] = now + 300, ["auth_time"] = signedInAt.ToUnixTimeSeconds(), ["sid"] = "session-of-" + Person,
            ["acr"] = "phr", ["amr"] = new JsonArray("hwk", "mfa"), ["name"] = "Ana Alves", ["email"] = "ana@acme.example", ["email_verified"] = true,
            ["groups"] = new JsonArray([.. Groups.Select(group => (JsonNode)group)]),
        };
        if (nonce is not null) claims["nonce"] = nonce;
        Change?.Invoke(header, claims);
        var tokens = new JsonObject { ["token_type"] = "Bearer", ["access_token"] = "of-no-use-here", ["expires_in"] = 300 };
        if (withIdToken) tokens["id_token"] = Sign(header, claims);
        if (!withRefreshToken) return tokens;
        var refreshToken = "rt-" + Guid.NewGuid().ToString("N");
        _refreshTokens[refreshToken] = signedInAt;
        tokens["refresh_token"] = LastRefreshToken = refreshToken;
        return tokens;
    }

    private static IResult Refuse(string error, int status) => Results.Json(new { error }, statusCode: status);

    private static IResult Json(JsonObject json) => Results.Content(json.ToJsonString(), "application/json");
}
