using IdJagBroker.Protocol;

namespace IdJagBroker.TokenExchange;

/// <summary>
/// In which words the token endpoint refuses an exchange where the specifications disagree (C-01, C-02, C-27; one setting). Only the
/// words differ: what is refused, and what the log says of it, is the same.
/// </summary>
internal static class ErrorProfile
{
    /// <summary>The default: a bad subject token is <c>invalid_grant</c>, a person or client that is not entitled <c>access_denied</c>.</summary>
    public const string Draft05Proposals = "draft-05-proposals";

    /// <summary>RFC 8693 §2.2.2 to the letter: <c>invalid_request</c> for the token, <c>invalid_target</c> where none can be issued for the target.</summary>
    public const string Rfc8693Strict = "rfc8693-strict";

    /// <summary>One answer for both: for clients that know no other code, and for who will not tell the two apart to anybody.</summary>
    public const string LegacyInvalidGrant = "legacy-invalid_grant";

    /// <summary>The refusal in the words of <paramref name="profile"/>. The two codes it looks at have one meaning each within an exchange.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such profile.</exception>
    public static OAuthError Apply(string profile, OAuthError refusal) => (profile, refusal.Code) switch
    {
        (Draft05Proposals, _) => refusal,
        (Rfc8693Strict, "invalid_grant") => OAuthError.InvalidRequest(refusal.Description),
        (Rfc8693Strict, "access_denied") => OAuthError.InvalidTarget(refusal.Description),
        // The description too: two texts under one code would still be two answers.
        (LegacyInvalidGrant, "invalid_grant" or "access_denied") => OAuthError.InvalidGrant("the subject token cannot be exchanged for this target"),
        (Rfc8693Strict or LegacyInvalidGrant, _) => refusal,
        _ => throw new ArgumentOutOfRangeException(nameof(profile)),
    };
}
