using IdJagBroker.Protocol;

namespace IdJagBroker.McpAuthorization;

/// <summary>
/// Every <c>invalid_grant</c> that a client can see (RAS-47): fixed words, so that no claim's value comes back in an answer. The
/// reason and its detail are for the log.
/// </summary>
internal static class BadIdJag
{
    public static OAuthError Malformed(string detail) => Refuse("the assertion is malformed", "MALFORMED", detail);

    public static OAuthError NotAnIdJag() => Refuse("the assertion is not an ID-JAG", "WRONG_TYPE");

    public static OAuthError UntrustedIssuer(string? detail = null) => Refuse("the issuer is not trusted", "UNTRUSTED_ISSUER", detail);

    public static OAuthError BadSignature(string detail) => Refuse("the signature could not be verified", "BAD_SIGNATURE", detail);

    public static OAuthError BadClaims(string detail) => Refuse("a required claim is missing or malformed", "BAD_CLAIMS", detail);

    public static OAuthError WrongAudience() => Refuse("the assertion is for another authorization server", "WRONG_AUDIENCE");

    public static OAuthError BadTime(string detail) => Refuse("the assertion is expired, not yet valid or too long-lived", "BAD_TIME", detail);

    public static OAuthError WrongClient() => Refuse("the assertion is for another client", "WRONG_CLIENT");

    public static OAuthError WrongTenant() => Refuse("the assertion is for another tenant", "WRONG_TENANT");

    public static OAuthError ProofMissing() => Refuse("the assertion is bound to a key, and no proof of it came", "PROOF_MISSING");

    public static OAuthError WrongKey() => Refuse("the assertion is bound to another key", "WRONG_KEY");

    public static OAuthError BindingUnknown() => Refuse("the assertion is bound in a way that is not understood here", "BINDING_UNKNOWN");

    public static OAuthError NotKeyBound() => Refuse("the assertion is not bound to a key", "NOT_KEY_BOUND");

    public static OAuthError ProofRequired() => Refuse("the resource takes key-bound access tokens only, and no proof came", "PROOF_REQUIRED");

    public static OAuthError AlreadyUsed() => Refuse("the assertion has already been used", "ALREADY_USED");

    public static OAuthError Revoked() => Refuse("the assertion has been revoked", "REVOKED");

    public static OAuthError UnknownSubject(string? detail = null) => Refuse("the subject cannot be identified", "UNKNOWN_SUBJECT", detail);

    public static OAuthError WrongResource(string detail) => Refuse("the assertion is not for a resource of this authorization server", "WRONG_RESOURCE", detail);

    private static OAuthError Refuse(string description, string reason, string? detail = null) =>
        OAuthError.InvalidGrant(description).Because(reason, detail);
}
