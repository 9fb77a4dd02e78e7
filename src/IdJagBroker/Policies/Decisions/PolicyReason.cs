namespace IdJagBroker.Policies.Decisions;

/// <summary>Why a decision is as it is: a closed list, each explained in docs/reference/reasons.md.</summary>
internal enum PolicyReason
{
    /// <summary>Something is granted.</summary>
    Allowed,

    /// <summary><c>REQ_UNKNOWN_CLIENT</c>: no such client, or it is not enabled.</summary>
    ReqUnknownClient,

    /// <summary><c>REQ_RESOURCE_NOT_OF_AS</c>: no resource, an unknown one, or resources of several authorization servers.</summary>
    ReqResourceNotOfAs,

    /// <summary><c>DENIED_BY_RULE</c>: deny rules refuse, or take away all that was asked.</summary>
    DeniedByRule,

    /// <summary><c>NO_RULE_MATCHED</c>: silence denies (IDP-44).</summary>
    NoRuleMatched,

    /// <summary><c>SCOPE_NOT_ALLOWED</c>: a part would be granted, and a resource takes all or nothing (<c>scopeMode: exact</c>, C-21).</summary>
    ScopeNotAllowed,

    /// <summary><c>GRANT_NOT_YET</c>: the rule that fits is not in force yet.</summary>
    GrantNotYet,

    /// <summary><c>GRANT_EXPIRED</c>: it no longer is.</summary>
    GrantExpired,

    /// <summary><c>OUTSIDE_HOURS</c>: it applies at other hours.</summary>
    OutsideHours,

    /// <summary><c>NETWORK_NOT_ALLOWED</c>: it applies to callers elsewhere.</summary>
    NetworkNotAllowed,

    /// <summary><c>DEVICE_NOT_ALLOWED</c>: it applies to other devices.</summary>
    DeviceNotAllowed,

    /// <summary><c>CLIENT_AUTH_TOO_WEAK</c>: it applies to clients that authenticate otherwise.</summary>
    ClientAuthTooWeak,

    /// <summary><c>DPOP_REQUIRED</c>: it gives only tokens that are bound to a key.</summary>
    DpopRequired,

    /// <summary><c>RESOURCE_REQUIRED</c>: it gives nothing unless the request names the resource.</summary>
    ResourceRequired,

    /// <summary><c>AUTH_TOO_WEAK</c>: it asks for a stronger sign-in.</summary>
    AuthTooWeak,

    /// <summary><c>AUTH_TOO_OLD</c>: it asks for a fresher one.</summary>
    AuthTooOld,
}

/// <summary>The reason as audit records and people see it.</summary>
internal static class PolicyReasonCode
{
    public static string Code(this PolicyReason reason) => reason switch
    {
        PolicyReason.Allowed => "ALLOWED",
        PolicyReason.ReqUnknownClient => "REQ_UNKNOWN_CLIENT",
        PolicyReason.ReqResourceNotOfAs => "REQ_RESOURCE_NOT_OF_AS",
        PolicyReason.DeniedByRule => "DENIED_BY_RULE",
        PolicyReason.NoRuleMatched => "NO_RULE_MATCHED",
        PolicyReason.ScopeNotAllowed => "SCOPE_NOT_ALLOWED",
        PolicyReason.GrantNotYet => "GRANT_NOT_YET",
        PolicyReason.GrantExpired => "GRANT_EXPIRED",
        PolicyReason.OutsideHours => "OUTSIDE_HOURS",
        PolicyReason.NetworkNotAllowed => "NETWORK_NOT_ALLOWED",
        PolicyReason.DeviceNotAllowed => "DEVICE_NOT_ALLOWED",
        PolicyReason.ClientAuthTooWeak => "CLIENT_AUTH_TOO_WEAK",
        PolicyReason.DpopRequired => "DPOP_REQUIRED",
        PolicyReason.ResourceRequired => "RESOURCE_REQUIRED",
        PolicyReason.AuthTooWeak => "AUTH_TOO_WEAK",
        PolicyReason.AuthTooOld => "AUTH_TOO_OLD",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };

    /// <summary>The reason for what a rule lacks: of several, the first that signing in again would not mend.</summary>
    public static PolicyReason Reason(this Unmet unmet) => (Unmet)((int)unmet & -(int)unmet) switch
    {
        Unmet.NotYet => PolicyReason.GrantNotYet,
        Unmet.Expired => PolicyReason.GrantExpired,
        Unmet.Hours => PolicyReason.OutsideHours,
        Unmet.Network => PolicyReason.NetworkNotAllowed,
        Unmet.Device => PolicyReason.DeviceNotAllowed,
        Unmet.ClientAuth => PolicyReason.ClientAuthTooWeak,
        Unmet.Dpop => PolicyReason.DpopRequired,
        Unmet.Resource => PolicyReason.ResourceRequired,
        Unmet.Acr or Unmet.Amr => PolicyReason.AuthTooWeak,
        Unmet.SignInAge => PolicyReason.AuthTooOld,
        _ => throw new ArgumentOutOfRangeException(nameof(unmet)),
    };
}
