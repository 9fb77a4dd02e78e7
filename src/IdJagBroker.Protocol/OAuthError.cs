using System.Text.Json;

namespace IdJagBroker.Protocol;

/// <summary>
/// Why a token request is refused (RFC 6749 §5.2): a closed set of codes, each with two readers. The client sees
/// <see cref="Description"/>; only the operator sees <see cref="Reason"/> and <see cref="Detail"/>.
/// </summary>
public sealed record OAuthError
{
    private OAuthError(string code, int status, string description) =>
        (Code, Status, Description) = (code, status, Printable(description));

    /// <summary>The registered code, lower-case ASCII.</summary>
    public string Code { get; }

    /// <summary>The HTTP status that goes with the code.</summary>
    public int Status { get; }

    /// <summary>Safe for the client: fixed text, never a claim's value or the name of a rule (SEC-27).</summary>
    public string Description { get; }

    /// <summary>The closed reason code under which the audit row files the refusal; never sent.</summary>
    public string? Reason { get; private init; }

    /// <summary>For the audit row and the log; never sent to the client.</summary>
    public string? Detail { get; private init; }

    /// <summary>The audit record that explains this refusal to an administrator, if one was written.</summary>
    public string? DecisionId { get; private init; }

    /// <summary>For <c>insufficient_user_authentication</c>: the sign-in that would do, space-separated (RFC 9470 §3).</summary>
    public string? AcrValues { get; private init; }

    /// <summary>For <c>insufficient_user_authentication</c>: how old the sign-in may be.</summary>
    public TimeSpan? MaxAge { get; private init; }

    /// <summary>When the client may try again; sent as <c>Retry-After</c>.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>Whether the answer carries <c>WWW-Authenticate: Basic</c>, as it must if the client used Basic (RFC 6749 §5.2).</summary>
    public bool ChallengesBasic { get; private init; }

    /// <summary>The request is malformed: a parameter is missing, repeated or not understood.</summary>
    public static OAuthError InvalidRequest(string description) => new("invalid_request", 400, description);

    /// <summary>The request is larger than any honest one (SEC-09).</summary>
    public static OAuthError RequestTooLarge(string description) => new("invalid_request", 413, description);

    /// <summary>The client did not prove who it is.</summary>
    public static OAuthError InvalidClient(string description, bool challengesBasic = false) =>
        new("invalid_client", 401, description) { ChallengesBasic = challengesBasic };

    /// <summary>The client is known, but may not use this grant.</summary>
    public static OAuthError UnauthorizedClient(string description) => new("unauthorized_client", 400, description);

    /// <summary>The grant is not spoken here.</summary>
    public static OAuthError UnsupportedGrantType(string description) => new("unsupported_grant_type", 400, description);

    /// <summary>The subject token or assertion is bad: forged, expired, for somebody else (C-01).</summary>
    public static OAuthError InvalidGrant(string description) => new("invalid_grant", 400, description);

    /// <summary>A code that only the authorization endpoint answers (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6), in a redirect.</summary>
    public static OAuthError OfAuthorization(string code, string description) => new(code, 400, description);

    /// <summary>The audience or resource is unknown, or not governed by that audience (RFC 8693 §2.2.2).</summary>
    public static OAuthError InvalidTarget(string description) => new("invalid_target", 400, description);

    /// <summary>No requested scope can be granted, or the scope is malformed.</summary>
    public static OAuthError InvalidScope(string description) => new("invalid_scope", 400, description);

    /// <summary>Rich authorization requests are malformed or not enabled here (RFC 9396 §5).</summary>
    public static OAuthError InvalidAuthorizationDetails(string description) =>
        new("invalid_authorization_details", 400, description);

    /// <summary>The token is fine; user or client is not entitled (C-02).</summary>
    public static OAuthError AccessDenied(string description) => new("access_denied", 400, description);

    /// <summary>A proof of possession is bad, used before, or not taken here (RFC 9449 §5).</summary>
    public static OAuthError InvalidDpopProof(string description) => new("invalid_dpop_proof", 400, description);

    /// <summary>The proof of possession is good but for the server's nonce, which the answer's <c>DPoP-Nonce</c> header brings (RFC 9449 §8).</summary>
    public static OAuthError UseDpopNonce(string description) => new("use_dpop_nonce", 400, description);

    /// <summary>A stronger or fresher sign-in would succeed (RFC 9470 §3, C-20).</summary>
    public static OAuthError InsufficientUserAuthentication(string description, string? acrValues = null, TimeSpan? maxAge = null) =>
        new("insufficient_user_authentication", 400, description) { AcrValues = acrValues, MaxAge = maxAge };

    /// <summary>Something that the server needs is away: nothing was issued, and trying again is right.</summary>
    public static OAuthError TemporarilyUnavailable(string description, TimeSpan retryAfter) =>
        new("temporarily_unavailable", 503, description) { RetryAfter = retryAfter };

    /// <summary>The client asks too often (RFC 6585 §4); nothing was looked at that costs anything.</summary>
    public static OAuthError TooManyRequests(TimeSpan retryAfter) =>
        new("temporarily_unavailable", 429, "too many requests") { RetryAfter = retryAfter };

    /// <summary>A fault of ours; says nothing about its cause (IDP-63), or an upstream that is away (IDP-62).</summary>
    public static OAuthError ServerError(int status = 500, TimeSpan? retryAfter = null) =>
        new("server_error", status, "the request could not be completed") { RetryAfter = retryAfter };

    /// <summary>The same refusal with its reason for the operator.</summary>
    public OAuthError Because(string reason, string? detail = null) => this with { Reason = reason, Detail = detail };

    /// <summary>The same refusal, naming the audit record that explains it.</summary>
    public OAuthError WithDecision(string decisionId) => this with { DecisionId = decisionId };

    /// <summary>Writes the JSON body (IDP-61). A member without a value is left out, never <c>null</c>.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("error", Code);
        json.WriteString("error_description", Description);
        if (AcrValues is not null) json.WriteString("acr_values", AcrValues);
        if (MaxAge is { } age) json.WriteNumber("max_age", (long)age.TotalSeconds);
        if (DecisionId is not null) json.WriteString("decision_id", DecisionId);
        json.WriteEndObject();
    }

    // RFC 6749 §5.2: %x20-21 / %x23-5B / %x5D-7E
    private static string Printable(string text) => string.Create(text.Length, text, static (span, source) =>
    {
        for (var i = 0; i < source.Length; i++)
            span[i] = source[i] is >= ' ' and <= '~' and not '"' and not '\\' ? source[i] : '?';
    });
}
