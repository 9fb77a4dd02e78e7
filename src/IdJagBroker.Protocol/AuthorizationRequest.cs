using System.Globalization;

namespace IdJagBroker.Protocol;

/// <summary>
/// A well-formed request to sign somebody in (RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID Connect Core §3.1.2.1). Who asks, and whether the answer may go where it is
/// wanted, is found out before this is read.
/// </summary>
public sealed record AuthorizationRequest
{
    /// <summary>The longest <c>state</c> and <c>nonce</c>, in characters.</summary>
    public const int MaxOpaqueChars = 2048;

    private const int MaxHintChars = 320;
    private const int MaxAcrValues = 8;
    private const int MaxAcrChars = 255;

    /// <summary>What is asked for.</summary>
    public required ScopeSet Scope { get; init; }

    /// <summary>Given back unread.</summary>
    public string? State { get; init; }

    /// <summary>Copied into the ID Token.</summary>
    public string? Nonce { get; init; }

    /// <summary>SHA-256 of the verifier that must come with the code, base64url.</summary>
    public required string CodeChallenge { get; init; }

    /// <summary>The thumbprint of the key that must prove itself with the code (RFC 9449 §10), or null.</summary>
    public string? DpopKeyThumbprint { get; init; }

    /// <summary>Of <c>none</c>, <c>login</c>, <c>consent</c>, <c>select_account</c>; empty if nothing is said.</summary>
    public IReadOnlyList<string> Prompt { get; init; } = [];

    /// <summary>How old the sign-in may be.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>The authentication contexts that would do, the best first.</summary>
    public IReadOnlyList<string> AcrValues { get; init; } = [];

    /// <summary>Who is expected; what a stranger may have written.</summary>
    public string? LoginHint { get; init; }

    /// <summary>The MCP servers that what comes of this is for (RFC 8707 §2); empty: whatever the policy permits.</summary>
    public IReadOnlyList<ResourceIndicator> Resources { get; init; } = [];

    /// <summary>Whether nobody may be shown anything.</summary>
    public bool IsSilent => Prompt is ["none"];

    /// <summary>
    /// Refuses with the codes of RFC 6749 §4.1.2.1 and OpenID Connect Core §3.1.2.6: <c>invalid_request</c>, <c>unsupported_response_type</c>, <c>invalid_scope</c>,
    /// <c>invalid_target</c>, <c>request_not_supported</c>, <c>request_uri_not_supported</c>.
    /// </summary>
    public static OAuthResult<AuthorizationRequest> Parse(AuthorizationParameters parameters)
    {
        if (parameters.Repeated is not null) return OAuthError.InvalidRequest("a parameter is given more than once");
        if (parameters["request"] is not null) return OAuthError.OfAuthorization("request_not_supported", "request objects are not supported");
        if (parameters["request_uri"] is not null) return OAuthError.OfAuthorization("request_uri_not_supported", "request_uri is not supported");
        if (parameters["response_type"] is not { } responseType) return OAuthError.InvalidRequest("response_type is required");
        if (responseType is not "code") return OAuthError.OfAuthorization("unsupported_response_type", "response_type must be code");
        if (parameters["response_mode"] is not (null or "query")) return OAuthError.InvalidRequest("response_mode must be query");
        if (parameters["code_challenge"] is not { } challenge) return OAuthError.InvalidRequest("code_challenge is required");       // RFC 9700 §2.1.1
        if (parameters["code_challenge_method"] is not Pkce.Method) return OAuthError.InvalidRequest("code_challenge_method must be S256");
        if (!Pkce.IsChallenge(challenge)) return OAuthError.InvalidRequest("code_challenge is malformed");
        if (!ScopeSet.TryParse(parameters["scope"], out var scope)) return OAuthError.InvalidScope("scope is malformed or too long");
        if (!scope.Contains("openid")) return OAuthError.InvalidScope("scope must contain openid");
        if (parameters["state"] is { Length: > MaxOpaqueChars }) return OAuthError.InvalidRequest("state is too long");
        if (parameters["nonce"] is { Length: > MaxOpaqueChars }) return OAuthError.InvalidRequest("nonce is too long");
        if (parameters["dpop_jkt"] is { } key && !Pkce.IsChallenge(key)) return OAuthError.InvalidRequest("dpop_jkt is malformed");      // as long as a challenge, and of the same letters
        if (parameters["authorization_details"] is not null) return OAuthError.InvalidAuthorizationDetails("authorization_details are not supported");
        if (ReadPrompt(parameters["prompt"]) is not { } prompt) return OAuthError.InvalidRequest("prompt is not understood");
        if (!TryReadMaxAge(parameters["max_age"], out var maxAge)) return OAuthError.InvalidRequest("max_age is malformed");
        if (ReadAcrValues(parameters["acr_values"]) is not { } acrValues) return OAuthError.InvalidRequest("acr_values are malformed");
        var resources = new List<ResourceIndicator>();
        if (parameters.All("resource").Count > TokenExchangeRequest.MaxResources) return OAuthError.InvalidTarget("too many resources");
        foreach (var named in parameters.All("resource"))
        {
            if (!ResourceIndicator.TryParse(named, out var resource)) return OAuthError.InvalidTarget("resource must be an absolute URI without a fragment");
            if (!resources.Contains(resource)) resources.Add(resource);
        }
        return new AuthorizationRequest
        {
            Scope = scope, State = parameters["state"], Nonce = parameters["nonce"], CodeChallenge = challenge, DpopKeyThumbprint = parameters["dpop_jkt"], Prompt = prompt, MaxAge = maxAge,
            AcrValues = acrValues, LoginHint = ReadHint(parameters["login_hint"]), Resources = resources,
        };
    }

    // OpenID Connect Core §3.1.2.1: none stands alone.
    private static string[]? ReadPrompt(string? prompt)
    {
        if (prompt is null) return [];
        var words = prompt.Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal).ToArray();
        var isKnown = words.All(word => word is "none" or "login" or "consent" or "select_account");
        return isKnown && (words.Length is 1 || !words.Contains("none", StringComparer.Ordinal)) ? words : null;
    }

    private static bool TryReadMaxAge(string? text, out TimeSpan? maxAge)
    {
        maxAge = null;
        if (text is null) return true;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return false;
        maxAge = TimeSpan.FromSeconds(seconds);
        return true;
    }

    private static string[]? ReadAcrValues(string? text)
    {
        var values = text?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        return values.Length <= MaxAcrValues && values.All(value => value.Length <= MaxAcrChars && value.All(c => c is > ' ' and < '\x7f')) ? values : null;
    }

    // A hint: what cannot be one is passed over, not refused.
    private static string? ReadHint(string? text) => text is { Length: <= MaxHintChars } && !text.Any(char.IsControl) ? text : null;
}
