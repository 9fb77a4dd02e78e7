namespace IdJagBroker.McpAuthorization;

/// <summary>
/// The trusted issuers that are off for now. Bound to a section of the configuration (<see cref="IdJagAuthorizationServerBuilder.DisableIssuersBy"/>),
/// a change acts as soon as the configuration is read again.
/// </summary>
public sealed class DisabledIssuers
{
    /// <summary>Their identifiers. A slash at the end makes no difference here: what is off by mistake is noticed, what is on by mistake is not.</summary>
    public IList<string> Issuers { get; } = [];
}
