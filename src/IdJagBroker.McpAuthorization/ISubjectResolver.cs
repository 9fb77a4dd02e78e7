namespace IdJagBroker.McpAuthorization;

/// <summary>Which account here is the person in the ID-JAG? (ID-JAG §2.2, §3.1). Replace it to look accounts up in your own store.</summary>
public interface ISubjectResolver
{
    /// <summary>
    /// Resolves, on every redemption anew (RAS-23). <c>sub</c> alone is no key: it belongs to its issuer and tenant (RAS-28), and an
    /// e-mail address proves nothing unless that issuer is authoritative for its domain (RAS-29).
    /// </summary>
    ValueTask<SubjectResolution> ResolveAsync(ValidatedIdJag idJag, CancellationToken ct);
}
