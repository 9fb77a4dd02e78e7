namespace IdJagBroker.McpAuthorization;

/// <summary>An account of yours.</summary>
/// <param name="Id">Its identifier; what access tokens carry as <c>sub</c> (AT-05). 1 to 255 characters.</param>
public sealed record KnownAccount(string Id)
{
    /// <summary>Whether it may be used here; false for one that is blocked, unlicensed or deprovisioned: <c>access_denied</c> (RAS-32).</summary>
    public bool IsEntitled { get; init; } = true;

    /// <summary>The tenant that it belongs to, if your accounts do: for an issuer of another tenant it is nobody (RAS-31). Null: not told.</summary>
    public string? Tenant { get; init; }

    /// <summary>Names the account, by its id here.</summary>
    public override string ToString() => Id;
}
