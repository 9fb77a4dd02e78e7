using IdJagBroker.Protocol;

namespace IdJagBroker.McpAuthorization;

/// <summary>
/// A person as an issuer knows them: the key that a link is stored under. All three together, compared character for character:
/// <c>sub</c> alone belongs to nobody (RAS-28).
/// </summary>
/// <param name="Issuer">The <c>iss</c>.</param>
/// <param name="Tenant">The issuer's <c>tenant</c>, if it has several; an absent one is not an empty one.</param>
/// <param name="Subject">The <c>sub</c>.</param>
public sealed record SubjectLink(string Issuer, string? Tenant, string Subject)
{
    /// <summary>Names the issuer, never the person.</summary>
    public override string ToString() => $"somebody of {Issuer}";

    internal static SubjectLink Of(IdJag claims) => new(claims.Issuer, claims.Tenant, claims.Subject);
}
