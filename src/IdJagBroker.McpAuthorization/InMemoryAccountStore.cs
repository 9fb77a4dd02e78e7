using System.Buffers.Text;
using System.Security.Cryptography;

namespace IdJagBroker.McpAuthorization;

/// <summary>Accounts in this process, for samples and tests: they end with it. Shows what a store in a database has to hold to.</summary>
public sealed class InMemoryAccountStore : IAccountStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<SubjectLink, string> _links = [];

    /// <summary>The accounts, in no order.</summary>
    public IReadOnlyList<KnownAccount> Accounts
    {
        get { lock (_lock) return [.. _accounts.Values.Select(entry => entry.Account)]; }
    }

    /// <summary>Adds an account, or replaces the one of that id.</summary>
    /// <param name="account">The account.</param>
    /// <param name="email">Its address, which you have verified.</param>
    /// <param name="name">Its name, for <see cref="SubjectRules.BySubjectIdAccount"/>.</param>
    public void Add(KnownAccount account, string? email = null, string? name = null)
    {
        lock (_lock) _accounts[account.Id] = new Entry(account, email, name);
    }

    /// <summary>Links somebody of an issuer to an account, as an administrator would.</summary>
    public void Link(SubjectLink link, string accountId)
    {
        lock (_lock) _links[link] = accountId;
    }

    /// <inheritdoc/>
    public ValueTask<KnownAccount?> FindByLinkAsync(SubjectLink link, CancellationToken ct)
    {
        lock (_lock) return ValueTask.FromResult(_links.TryGetValue(link, out var id) ? Find(id) : null);
    }

    /// <inheritdoc/>
    public ValueTask<KnownAccount?> FindByIdAsync(string id, string? tenant, CancellationToken ct)
    {
        lock (_lock) return ValueTask.FromResult(Find(id) is { } account && account.Tenant == tenant ? account : null);
    }

    /// <inheritdoc/>
    public ValueTask<KnownAccount?> FindByNameAsync(string name, string? tenant, CancellationToken ct) => Find(tenant, entry => entry.Name == name);

    /// <inheritdoc/>
    public ValueTask<KnownAccount?> FindByEmailAsync(string email, string? tenant, CancellationToken ct) =>
        Find(tenant, entry => entry.Email is { } known && System.Text.Ascii.EqualsIgnoreCase(known, email));

    /// <inheritdoc/>
    public ValueTask<KnownAccount?> LinkAsync(SubjectLink link, string accountId, CancellationToken ct)
    {
        lock (_lock)
        {
            if (_links.TryGetValue(link, out var linked)) return ValueTask.FromResult(Find(linked));
            if (_links.Any(other => other.Value == accountId && other.Key.Issuer == link.Issuer && other.Key.Tenant == link.Tenant))
                return ValueTask.FromResult<KnownAccount?>(null);
            _links[link] = accountId;
            return ValueTask.FromResult(Find(accountId));
        }
    }

    /// <inheritdoc/>
    public ValueTask<KnownAccount?> ProvisionAsync(NewPerson person, CancellationToken ct)
    {
        lock (_lock)
        {
            if (_links.TryGetValue(person.Link, out var linked)) return ValueTask.FromResult(Find(linked));
            var account = new KnownAccount("acct_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16))) { Tenant = person.Tenant };
            _accounts[account.Id] = new Entry(account, person.Text("email"), Name: null);
            _links[person.Link] = account.Id;
            return ValueTask.FromResult<KnownAccount?>(account);
        }
    }

    private KnownAccount? Find(string id) => _accounts.GetValueOrDefault(id)?.Account;

    private ValueTask<KnownAccount?> Find(string? tenant, Func<Entry, bool> matches)
    {
        lock (_lock) return ValueTask.FromResult(_accounts.Values.FirstOrDefault(entry => entry.Account.Tenant == tenant && matches(entry))?.Account);
    }

    private sealed record Entry(KnownAccount Account, string? Email, string? Name);
}
