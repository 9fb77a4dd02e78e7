using System.Text.Json;
using IdJagBroker.Protocol;

namespace IdJagBroker.McpAuthorization.Subjects;

/// <summary>
/// Finds the account in the vendor's store, by the rules of the issuer (RAS-27). Every identifier that the issuer may use is looked up, not only the first:
/// where two lead to two accounts, one of them is wrong, and nobody can tell which.
/// </summary>
internal sealed class AccountSubjectResolver(IAccountStore accounts) : ISubjectResolver
{
    private static readonly SubjectRules LinkOnly = new();

    private static readonly SubjectResolution TwoAccounts = SubjectResolution.NotIdentifiableBecause("two identifiers name two accounts");

    /// <inheritdoc/>
    public async ValueTask<SubjectResolution> ResolveAsync(ValidatedIdJag idJag, CancellationToken ct)
    {
        var rules = idJag.Issuer.Subjects ?? LinkOnly;
        var (claims, tenant, link) = (idJag.Claims, idJag.Issuer.AudienceTenant, SubjectLink.Of(idJag.Claims));

        var named = rules.AccountId && claims.AudienceSubject is { } id ? await accounts.FindByIdAsync(id, tenant, ct) : null;
        var identified = await FindBySubjectIdAsync(claims, rules, tenant, ct);
        var linked = await accounts.FindByLinkAsync(link, ct);
        if (Differ(named, identified) || Differ(named ?? identified, linked)) return TwoAccounts;

        var account = named ?? identified ?? linked;
        if (linked is null && rules.Believes(claims, claims.Email) && await accounts.FindByEmailAsync(claims.Email!, tenant, ct) is { } addressed)
        {
            if (Differ(account, addressed)) return TwoAccounts;
            return account is null && addressed.IsEntitled && IsIn(tenant, addressed) ? await LinkAsync(link, addressed, tenant, ct) : Conclude(addressed, tenant);
        }
        return account is not null ? Conclude(account, tenant) : await ProvisionAsync(idJag, rules, link, ct);
    }

    private async ValueTask<KnownAccount?> FindBySubjectIdAsync(IdJag claims, SubjectRules rules, string? tenant, CancellationToken ct) => claims.SubjectId switch
    {
        { Id: { } id } when rules.Opaque => await accounts.FindByIdAsync(id, tenant, ct),
        { Account: { } account } when account.LastIndexOf('@') is var at && SubjectRules.Has(rules.AccountHosts, account.AsSpan(at + 1)) =>
            await accounts.FindByNameAsync(Uri.UnescapeDataString(account[..at]), tenant, ct),       // RFC 7565 §7: the name may be percent-encoded
        { Issuer: { } issuer, Subject: { } subject } when rules.SubjectIssuers.Contains(issuer) => await accounts.FindByLinkAsync(new SubjectLink(issuer, null, subject), ct),
        // The format has no member that says "verified": the claim beside it must, and if that comes with an address, about the same one.
        { Email: { } email } when SubjectRules.Believes(claims, email, rules.SubjectIdDomains)
            && (claims.Email is null || string.Equals(claims.Email, email, StringComparison.Ordinal)) => await accounts.FindByEmailAsync(email, tenant, ct),
        _ => null,
    };

    private async ValueTask<SubjectResolution> LinkAsync(SubjectLink link, KnownAccount addressed, string? tenant, CancellationToken ct)
    {
        var linked = await accounts.LinkAsync(link, addressed.Id, ct);
        if (linked is null) return SubjectResolution.NotIdentifiableBecause("the account of the address is somebody else's of that issuer");
        return Differ(linked, addressed) ? TwoAccounts : Conclude(linked, tenant);
    }

    private async ValueTask<SubjectResolution> ProvisionAsync(ValidatedIdJag idJag, SubjectRules rules, SubjectLink link, CancellationToken ct)
    {
        // The issuer says that the person has an account here: a second one would not be theirs.
        if (rules.AccountId && idJag.Claims.AudienceSubject is not null) return SubjectResolution.NotIdentifiableBecause("aud_sub names no account");
        if (rules.ProvisionedClaims is null)
            return rules.Believes(idJag.Claims, idJag.Claims.Email) ? SubjectResolution.NotEntitled : SubjectResolution.NotIdentifiable;     // C-27

        var tenant = idJag.Issuer.AudienceTenant;
        var told = idJag.Profile.Where(claim => claim.Key is not "email" || rules.Believes(idJag.Claims, idJag.Claims.Email))
            .ToDictionary(claim => claim.Key, claim => claim.Value, StringComparer.Ordinal);
        return await accounts.ProvisionAsync(new NewPerson(link, tenant, told), ct) is { } made ? Conclude(made, tenant) : SubjectResolution.NotEntitled;
    }

    private static SubjectResolution Conclude(KnownAccount account, string? tenant) =>
        !IsIn(tenant, account) ? SubjectResolution.NotIdentifiableBecause("the account is another tenant's")
        : account.IsEntitled ? SubjectResolution.Resolved(account.Id)
        : SubjectResolution.NotEntitled;

    private static bool IsIn(string? tenant, KnownAccount account) =>
        account.Tenant is null || tenant is null || string.Equals(account.Tenant, tenant, StringComparison.Ordinal);

    private static bool Differ(KnownAccount? one, KnownAccount? other) =>
        one is not null && other is not null && !string.Equals(one.Id, other.Id, StringComparison.Ordinal);
}
