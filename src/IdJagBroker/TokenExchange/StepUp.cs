using System.Collections.Immutable;
using IdJagBroker.Audiences;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Upstreams;

namespace IdJagBroker.TokenExchange;

/// <summary>
/// Is the sign-in strong and fresh enough for what is granted? (ID-JAG §9.2, RFC 9470 §3.) Asked last: a person is sent to sign in
/// again only if nothing but that stands between them and a token (IDP-52, C-20).
/// </summary>
internal static class StepUp
{
    /// <summary>
    /// Null if it is, and no rule lacks another. Otherwise <c>insufficient_user_authentication</c> with what would do (IDP-51), or <c>access_denied</c> if no sign-in
    /// could satisfy all that is granted together.
    /// </summary>
    /// <param name="catalog">The catalogue.</param>
    /// <param name="subject">Who signed in, and how.</param>
    /// <param name="audience">What is asked for.</param>
    /// <param name="granted">What is granted, or would be after another sign-in.</param>
    /// <param name="miss">The rule that grants nothing for want of another sign-in alone; null if none is wanting.</param>
    public static OAuthError? Decide(Catalog catalog, VerifiedSubject subject, ResolvedAudience audience, GrantedAccess granted, NearestMiss? miss = null)
    {
        // Nearly every request: nobody asks for more than the upstream's own entry.
        if (miss is null && subject.VouchedAge <= catalog.Idps[subject.Upstream].MaxSignInAge + JwtTimes.Skew && audience.AuthorizationServer.SignIn.IsNone && AllNone(granted.Resources))
            return null;

        SignInNeeds[] needs = [audience.AuthorizationServer.SignIn, .. granted.Resources.Select(resource => resource.SignIn), NeedsOf(miss)];
        string[][] lists = [.. needs.Where(need => need.AnyAcr.Length > 0).Select(need => need.AnyAcr.ToArray())];
        var accepted = lists.Length is 0 ? [] : lists.Aggregate((all, more) => [.. all.Where(acr => more.Contains(acr, StringComparer.Ordinal))]);
        if (lists.Length > 0 && accepted.Length is 0)
            return OAuthError.AccessDenied("not permitted").Because("AUTH_TOO_WEAK", "no acr satisfies all that is granted");

        // The upstream's own limit is on its word about the person; what a resource or rule asks is on the sign-in itself.
        var (tightest, limit) = (needs.Min(need => need.MaxAge), catalog.Idps[subject.Upstream].MaxSignInAge);
        var maxAge = tightest < limit ? tightest.Value : limit;
        var tooWeak = (accepted.Length > 0 && !subject.AuthenticationContexts.Any(context => accepted.Contains(context, StringComparer.Ordinal)))
            || (miss?.Unmet & (Unmet.Acr | Unmet.Amr)) is not (null or Unmet.None);
        var tooOld = subject.SignInAge > tightest + JwtTimes.Skew || subject.VouchedAge > limit + JwtTimes.Skew || miss?.Unmet.HasFlag(Unmet.SignInAge) is true;                                                       // IDP-34
        if (!tooWeak && !tooOld) return null;
        // A stronger sign-in that is too old would only be refused again: both are said at once.
        return OAuthError.InsufficientUserAuthentication(
                tooWeak ? "a stronger sign-in is needed" : "the sign-in is too old",
                // No parameter asks for a method (amr); a new sign-in is asked for by its age then.
                tooWeak && accepted.Length > 0 ? string.Join(' ', accepted) : null, tooOld || tightest is not null || accepted.Length is 0 ? maxAge : null)
            .Because(tooWeak ? "AUTH_TOO_WEAK" : "AUTH_TOO_OLD");
    }

    private static SignInNeeds NeedsOf(NearestMiss? miss) =>
        miss?.Rule.Requirement is { } asked ? new SignInNeeds(asked.AcrAnyOf, asked.MaxAge) : SignInNeeds.None;

    private static bool AllNone(ImmutableArray<CatalogResource> resources)
    {
        foreach (var resource in resources)
            if (!resource.SignIn.IsNone) return false;
        return true;
    }
}
