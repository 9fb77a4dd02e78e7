using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace IdJagBroker.Demo.Walk;

/// <summary>
/// One sign-in as an application does it (OpenID Connect Core §3.1, RFC 7636): discovery, a fresh state, nonce and verifier, the
/// browser, and the exchange of the code. It works with any provider that has a discovery document, the broker included.
/// </summary>
internal sealed class CodeFlow(HttpClient http, string issuer, string clientId, string? clientSecret, Uri redirectUri)
{
    private readonly string _verifier = RandomText();

    /// <summary>What the answer must bring back.</summary>
    public string State { get; } = RandomText();

    /// <summary>What the ID Token must carry.</summary>
    public string Nonce { get; } = RandomText();

    /// <summary>What is asked for.</summary>
    public string Scope { get; init; } = "openid email groups";

    /// <summary>Signs somebody in.</summary>
    /// <exception cref="SignInFailedException">The provider said no, or its answer belongs to another sign-in.</exception>
    public async Task<SignInTokens> SignInAsync(Browser browser, string userName, string password, CancellationToken ct)
    {
        var address = await AddressAsync(ct);
        var answer = await browser.SignInAsync(address, redirectUri, userName, password, ct);
        return await FinishAsync(answer, ct);
    }

    /// <summary>What is done with the answer, wherever the browser brought it.</summary>
    /// <exception cref="SignInFailedException">The provider said no, or its answer belongs to another sign-in.</exception>
    public async Task<SignInTokens> FinishAsync(AuthorizationResponse answer, CancellationToken ct)
    {
        if (answer.Error is not null) throw new SignInFailedException(answer.Error);
        var namesItself = (bool?)(await DiscoverAsync(ct))["authorization_response_iss_parameter_supported"] is true;
        if (answer.State != State || (answer.Issuer is null ? namesItself : answer.Issuer != issuer))        // RFC 9207 §2.4
            throw new SignInFailedException("The answer belongs to another sign-in.");
        var tokens = await RedeemAsync(answer.Code!, ct);
        if (tokens.Error is not null) throw new SignInFailedException(tokens.Error);
        var claims = SdkClient.ClaimsOf(tokens.IdToken!);
        if (!IsIssuer((string?)claims["iss"]) || (string?)claims["nonce"] != Nonce || !IsFor(claims["aud"]))      // OpenID Connect Core §3.1.3.7
            throw new SignInFailedException("The ID Token belongs to another sign-in.");
        return tokens;
    }

    // Google's older spelling has no scheme (OpenID Connect Core §15.6.2).
    private bool IsIssuer(string? iss) => iss == issuer || iss == issuer[(issuer.IndexOf("://", StringComparison.Ordinal) + 3)..];

    /// <summary>Where the browser goes first.</summary>
    /// <param name="ct">Ends the attempt.</param>
    /// <param name="changes">Parameters to add or replace; a null value leaves one out.</param>
    public async Task<Uri> AddressAsync(CancellationToken ct, params (string Name, string? Value)[] changes)
    {
        var parameters = new Dictionary<string, string?>
        {
            ["response_type"] = "code", ["client_id"] = clientId, ["redirect_uri"] = redirectUri.OriginalString, ["scope"] = Scope,
            ["state"] = State, ["nonce"] = Nonce, ["code_challenge_method"] = "S256",
            ["code_challenge"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(_verifier))),
        };
        foreach (var (name, value) in changes) parameters[name] = value;
        var query = string.Join('&', parameters.Where(p => p.Value is not null).Select(p => $"{p.Key}={Uri.EscapeDataString(p.Value!)}"));
        return new Uri($"{(await DiscoverAsync(ct))["authorization_endpoint"]}?{query}");
    }

    /// <summary>Exchanges the code.</summary>
    /// <param name="code">The code.</param>
    /// <param name="ct">Ends the attempt.</param>
    /// <param name="changes">Parameters to add or replace; a null value leaves one out.</param>
    public Task<SignInTokens> RedeemAsync(string code, CancellationToken ct, params (string Name, string? Value)[] changes) => AskAsync(new()
    {
        ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = redirectUri.OriginalString,
        ["code_verifier"] = _verifier, ["client_id"] = clientId, ["client_secret"] = clientSecret,
    }, changes, ct);

    /// <summary>The next tokens, without the person (OpenID Connect Core §12): the answer, which may be a refusal.</summary>
    public Task<SignInTokens> RefreshAsync(string refreshToken, CancellationToken ct) => AskAsync(new()
    {
        ["grant_type"] = "refresh_token", ["refresh_token"] = refreshToken, ["client_id"] = clientId, ["client_secret"] = clientSecret,
    }, [], ct);

    private async Task<SignInTokens> AskAsync(Dictionary<string, string?> parameters, (string Name, string? Value)[] changes, CancellationToken ct)
    {
        foreach (var (name, value) in changes) parameters[name] = value;
        using var form = new FormUrlEncodedContent(parameters.Where(p => p.Value is not null)!);
        using var response = await http.PostAsync(new Uri((string)(await DiscoverAsync(ct))["token_endpoint"]!), form, ct);
        return SignInTokens.Parse(await response.Content.ReadAsStringAsync(ct));
    }

    private bool IsFor(JsonNode? audience) => audience is JsonArray several ? several.Any(one => (string?)one == clientId) : (string?)audience == clientId;

    private async Task<JsonObject> DiscoverAsync(CancellationToken ct)
    {
        var document = JsonNode.Parse(await http.GetStringAsync(new Uri(issuer.TrimEnd('/') + "/.well-known/openid-configuration"), ct))!.AsObject();
        return (string?)document["issuer"] == issuer ? document : throw new JsonException("The discovery document is another issuer's.");
    }

    private static string RandomText() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
}
