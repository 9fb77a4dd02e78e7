namespace IdJagBroker.Policies;

/// <summary>Why a decision is as it is: a closed list, of which this version knows these.</summary>
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
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };
}
