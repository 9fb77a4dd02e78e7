using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Demo.EnterpriseIdp.Clients;
using IdJagBroker.Demo.EnterpriseIdp.Refresh;
using IdJagBroker.Demo.EnterpriseIdp.Shapes;
using IdJagBroker.Protocol;

namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary><c>POST /token</c>: redeems a code or a refresh token for an ID Token (OpenID Connect Core §3.1.3, §12).</summary>
internal sealed class IdpTokenEndpoint(
    IdpOptions options, IdpIssuers issuers, IdpKeys keys, IdpFaults faults, IdpClientAuthenticator clients, CodeRedemption codes, RefreshRedemption refreshTokens)
{
    public async Task<IResult> HandleAsync(HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (faults.TokenEndpointIsDown) return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        var read = await FormBody.ReadAsync(http.Request);
        if (read.IsRefused(out var form, out var refusal)) return Refuse(http, refusal);

        var parsed = ClientCredentials.Parse(form, http.Request.Headers.Authorization);
        if (parsed.IsRefused(out var credentials, out refusal)) return Refuse(http, refusal);
        var authentication = await clients.AuthenticateAsync(credentials, http.RequestAborted);
        if (authentication.IsRefused(out var client, out refusal)) return Refuse(http, refusal);

        if (Redeem(form, client).IsRefused(out var grant, out refusal)) return Refuse(http, refusal);
        return Results.Text((await AnswerAsync(grant, client, http.RequestAborted)).ToJsonString(), "application/json");
    }

    private OAuthResult<TokenGrant> Redeem(OAuthForm form, IdpClient client) => form["grant_type"] switch
    {
        "authorization_code" => codes.Redeem(form, client),
        "refresh_token" => refreshTokens.Redeem(form, client),
        _ => OAuthError.UnsupportedGrantType("only authorization_code and refresh_token are spoken here"),
    };

    private async Task<JsonObject> AnswerAsync(TokenGrant grant, IdpClient client, CancellationToken ct)
    {
        var shape = issuers.ShapeFor(client);
        var signIn = new Shapes.SignIn(issuers.Of(shape), grant.Person, client.ClientId, grant.Nonce, grant.Session.Id, grant.Authentication, options.Clock.GetUtcNow());
        var answer = new JsonObject
        {
            ["access_token"] = RandomName.Create(),                     // opaque, and opens nothing: this provider has no API
            ["token_type"] = "Bearer",
            ["expires_in"] = (long)shape.Lifetime.TotalSeconds,
            ["scope"] = grant.Scope,
            ["id_token"] = await IdTokenJws.SignAsync(keys.Signing, shape, signIn, ct),
        };
        if (grant.RefreshToken is not null) answer["refresh_token"] = grant.RefreshToken;
        return answer;
    }

    private static IResult Refuse(HttpContext http, OAuthError error)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer)) error.WriteTo(json);
        if (error.ChallengesBasic) http.Response.Headers.WWWAuthenticate = "Basic realm=\"idp\"";
        return Results.Text(Encoding.UTF8.GetString(buffer.ToArray()), "application/json", Encoding.UTF8, error.Status);
    }
}
