namespace IdJagBroker.McpAuthorization;

/// <summary>
/// Your accounts, as the subject rules ask for them (<see cref="SubjectRules"/>). Implement what your rules use; what is not implemented finds nobody.
/// An account that may not be used any more is found with <see cref="KnownAccount.IsEntitled"/> false: if it were not found, just-in-time
/// provisioning would make it anew. What a method throws becomes a 500, and the ID-JAG's use does not count.
/// </summary>
public interface IAccountStore
{
    /// <summary>The account that a person of an issuer was linked to, the one key that is never anybody else's (RAS-28).</summary>
    ValueTask<KnownAccount?> FindByLinkAsync(SubjectLink link, CancellationToken ct);

    /// <summary>The account of that id (<c>aud_sub</c>, or <c>sub_id</c> of format <c>opaque</c>).</summary>
    /// <param name="id">The id, compared character for character.</param>
    /// <param name="tenant">The tenant here that the issuer's people belong to: an account of another one must not be found. Null: there are none.</param>
    /// <param name="ct">Ends the waiting.</param>
    ValueTask<KnownAccount?> FindByIdAsync(string id, string? tenant, CancellationToken ct) => ValueTask.FromResult<KnownAccount?>(null);

    /// <summary>The account of that name (<c>sub_id</c> of format <c>account</c>).</summary>
    /// <param name="name">What is before the host in its <c>acct</c> URI.</param>
    /// <param name="tenant">As for <see cref="FindByIdAsync"/>.</param>
    /// <param name="ct">Ends the waiting.</param>
    ValueTask<KnownAccount?> FindByNameAsync(string name, string? tenant, CancellationToken ct) => ValueTask.FromResult<KnownAccount?>(null);

    /// <summary>The account of that e-mail address, if you have verified it. Asked only about domains that the issuer is authoritative for (RAS-29).</summary>
    /// <param name="email">ASCII; its domain compares without case.</param>
    /// <param name="tenant">As for <see cref="FindByIdAsync"/>.</param>
    /// <param name="ct">Ends the waiting.</param>
    ValueTask<KnownAccount?> FindByEmailAsync(string email, string? tenant, CancellationToken ct) => ValueTask.FromResult<KnownAccount?>(null);

    /// <summary>
    /// Links a person of an issuer to an account that was found by e-mail: once, atomically. If the link exists, it stays as it is. If the account
    /// is linked to another <c>sub</c> of that issuer and tenant, nothing is linked: the address has changed hands, and the account has not.
    /// </summary>
    /// <returns>The account that the link leads to, or null: there is no link.</returns>
    ValueTask<KnownAccount?> LinkAsync(SubjectLink link, string accountId, CancellationToken ct) => ValueTask.FromResult<KnownAccount?>(null);

    /// <summary>
    /// Makes an account for somebody who has none, and the link to it, in one transaction: of two requests at once only one makes it, and both
    /// get it (RAS-30).
    /// </summary>
    /// <returns>The account that the link leads to, or null: this person gets none (no licence is left, say), which is <c>access_denied</c>.</returns>
    ValueTask<KnownAccount?> ProvisionAsync(NewPerson person, CancellationToken ct) => ValueTask.FromResult<KnownAccount?>(null);
}
