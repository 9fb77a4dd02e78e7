using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using IdJagBroker.Egress;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Upstreams;

namespace IdJagBroker.SignIn.Providers;

/// <summary>What a provider's token endpoint answered.</summary>
/// <param name="IdToken">Not yet verified; null if none came.</param>
/// <param name="RefreshToken">Null if none came.</param>
/// <param name="Error">The code of a refusal, or null.</param>
internal sealed record ProviderAnswer(EncodedJwt? IdToken, string? RefreshToken, string? Error)
{
    /// <summary>Never a token.</summary>
    public override string ToString() => Error ?? "tokens";
}

/// <summary>Redeems codes and refresh tokens at identity providers (OpenID Connect Core §3.1.3, §12).</summary>
internal sealed class ProviderTokens(EgressClient egress, ProviderDirectory providers, ProviderAssertion assertions, UpstreamSecrets secrets)
{
    private const int MaxBytes = 256 * 1024;
    private const int MaxTokenChars = 16 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    /// <summary>Redeems a code.</summary>
    /// <exception cref="UpstreamUnavailableException">The provider did not answer, or not as a provider does.</exception>
    public Task<ProviderAnswer> RedeemAsync(CatalogIdp idp, string code, string verifier, string redirectUri, CancellationToken ct) =>
        AskAsync(idp, [new("grant_type", GrantType.AuthorizationCode), new("code", code), new("code_verifier", verifier), new("redirect_uri", redirectUri)], ct);

    /// <summary>Asks again about a person who signed in.</summary>
    /// <inheritdoc cref="RedeemAsync" path="/exception"/>
    public Task<ProviderAnswer> RefreshAsync(CatalogIdp idp, string refreshToken, CancellationToken ct) =>
        AskAsync(idp, [new("grant_type", GrantType.RefreshToken), new("refresh_token", refreshToken)], ct);     // without scope: all that was granted (RFC 6749 §6)

    private async Task<ProviderAnswer> AskAsync(CatalogIdp idp, List<KeyValuePair<string, string>> form, CancellationToken ct)
    {
        var provider = await providers.GetAsync(idp, ct);
        using var request = new HttpRequestMessage(HttpMethod.Post, provider.TokenEndpoint);
        request.Headers.Accept.ParseAdd("application/json");
        await AuthenticateAsync(request, idp, provider, form, ct);
        request.Content = new FormUrlEncodedContent(form);
        try
        {
            var response = await egress.SendAsync(request, new EgressLimits(MaxBytes, Patience, idp.PrivateNetwork), ct);
            return Read(response) ?? throw new HttpRequestException($"The token endpoint answered {(int)response.Status}.");
        }
        catch (HttpRequestException e)
        {
            throw new UpstreamUnavailableException(idp.Alias, e);
        }
    }

    private async Task AuthenticateAsync(HttpRequestMessage request, CatalogIdp idp, ProviderMetadata provider, List<KeyValuePair<string, string>> form, CancellationToken ct)
    {
        var signIn = idp.SignIn!;
        if (signIn.Auth is UpstreamAuth.PrivateKeyJwt)
        {
            form.Add(new("client_id", signIn.ClientId));
            form.Add(new("client_assertion_type", TokenType.ClientAssertion));
            form.Add(new("client_assertion", (await assertions.CreateAsync(idp, provider, ct)).Reveal()));
            return;
        }
        var secret = secrets.FindForSignIn(idp.Alias) ?? throw new UpstreamUnavailableException(idp.Alias, new InvalidOperationException($"Upstreams:{idp.Alias}:SignIn:Secret is not configured."));
        if (signIn.Auth is UpstreamAuth.ClientSecretPost)
        {
            form.Add(new("client_id", signIn.ClientId));
            form.Add(new("client_secret", secret));
            return;
        }
        // RFC 6749 §2.3.1: both halves form-url-encoded.
        var pair = $"{WebUtility.UrlEncode(signIn.ClientId)}:{WebUtility.UrlEncode(secret)}";
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
    }

    // Null: neither tokens nor a refusal as RFC 6749 §5.2 has it.
    private static ProviderAnswer? Read(EgressResponse response)
    {
        try
        {
            using var json = JsonDocument.Parse(response.Body, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 16 });
            var root = json.RootElement;
            if (root.ValueKind is not JsonValueKind.Object) return null;
            if (response.Status is HttpStatusCode.OK) return new ProviderAnswer(Text(root, "id_token") is { } token ? EncodedJwt.Of(token) : null, Text(root, "refresh_token"), null);
            return response.Status is HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized && Text(root, "error") is { Length: <= 64 } error ? new ProviderAnswer(null, null, error) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String && value.GetString() is { Length: > 0 and <= MaxTokenChars } text ? text : null;
}
