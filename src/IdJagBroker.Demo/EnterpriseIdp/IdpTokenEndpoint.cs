using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Demo.EnterpriseIdp.Shapes;
using IdJagBroker.Protocol;

namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary><c>POST /token</c>: redeems a code for an ID Token (OpenID Connect Core §3.1.3).</summary>
internal sealed class IdpTokenEndpoint(IdpOptions options, IdpIssuers issuers, IdpKeys keys, OneTimeStore<GrantedCode> codes)
{
    public async Task<IResult> HandleAsync(HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-store";
        var read = await FormBody.ReadAsync(http.Request);
        if (read.IsRefused(out var form, out var refusal)) return Refuse(http, refusal);

        var parsed = ClientCredentials.Parse(form, http.Request.Headers.Authorization);
        if (parsed.IsRefused(out var credentials, out refusal)) return Refuse(http, refusal);
        if (Authenticate(credentials) is not { } client)
            return Refuse(http, OAuthError.InvalidClient("client authentication failed", credentials.UsedBasic));

        var redemption = Redeem(form, client);
        if (redemption.IsRefused(out var code, out refusal)) return Refuse(http, refusal);
        return Results.Text((await AnswerAsync(code, client, http.RequestAborted)).ToJsonString(), "application/json");
    }

    private IdpClient? Authenticate(ClientCredentials credentials)
    {
        var (id, secret) = credentials.Raw ?? (credentials.ClientId ?? "", credentials.Secret ?? "");
        return Find(credentials.ClientId, credentials.Secret) ?? Find(id, secret);
    }

    private IdpClient? Find(string? id, string? secret)
    {
        var client = options.Clients.FirstOrDefault(c => string.Equals(c.ClientId, id, StringComparison.Ordinal));
        return client is not null && secret is not null && SameText(client.Secret, secret) ? client : null;
    }

    private OAuthResult<GrantedCode> Redeem(OAuthForm form, IdpClient client)
    {
        if (form["grant_type"] != "authorization_code") return OAuthError.UnsupportedGrantType("only authorization_code is spoken here");
        if (form["code"] is not { } name) return OAuthError.InvalidRequest("code is required");
        // Taken before it is looked at: whoever guesses at its bindings has spent it.
        if (codes.Take(name) is not { } code) return OAuthError.InvalidGrant("the code is unknown, expired or already used");
        if (!string.Equals(code.Request.Client.ClientId, client.ClientId, StringComparison.Ordinal))
            return OAuthError.InvalidGrant("the code was issued to another client");
        if (!string.Equals(code.Request.RedirectUri, form["redirect_uri"], StringComparison.Ordinal))
            return OAuthError.InvalidGrant("redirect_uri differs from the authorization request");
        if (form["code_verifier"] is not { Length: >= 43 and <= 128 } verifier || !SameText(code.Request.CodeChallenge, ChallengeOf(verifier)))
            return OAuthError.InvalidGrant("code_verifier does not match the challenge");
        return code;
    }

    private async Task<JsonObject> AnswerAsync(GrantedCode code, IdpClient client, CancellationToken ct)
    {
        var shape = issuers.ShapeFor(client);
        var signIn = new SignIn(issuers.Of(shape), code.Person, client.ClientId, code.Request.Nonce, code.AuthenticatedAt, options.Clock.GetUtcNow());
        return new JsonObject
        {
            ["access_token"] = RandomName.Create(),                     // opaque, and opens nothing: this provider has no API
            ["token_type"] = "Bearer",
            ["expires_in"] = (long)shape.Lifetime.TotalSeconds,
            ["scope"] = code.Request.Scope,
            ["id_token"] = await IdTokenJws.SignAsync(keys.Signing, shape, signIn, ct),
        };
    }

    private static string ChallengeOf(string verifier) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));

    private static bool SameText(string expected, string actual) => CryptographicOperations.FixedTimeEquals(
        SHA256.HashData(Encoding.UTF8.GetBytes(expected)), SHA256.HashData(Encoding.UTF8.GetBytes(actual)));

    private static IResult Refuse(HttpContext http, OAuthError error)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer)) error.WriteTo(json);
        if (error.ChallengesBasic) http.Response.Headers.WWWAuthenticate = "Basic realm=\"idp\"";
        return Results.Text(Encoding.UTF8.GetString(buffer.ToArray()), "application/json", Encoding.UTF8, error.Status);
    }
}
