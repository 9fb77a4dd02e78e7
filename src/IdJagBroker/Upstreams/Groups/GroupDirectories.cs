using System.Collections.Concurrent;
using IdJagBroker.Egress;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;

namespace IdJagBroker.Upstreams.Groups;

/// <summary>The directory of each upstream that has one, kept with its cache for as long as its registration stays the same.</summary>
internal sealed class GroupDirectories(EgressClient egress, UpstreamSecrets secrets, TimeProvider clock, ILogger<GroupDirectories> log) : IDisposable
{
    private readonly ConcurrentDictionary<(string Alias, string Issuer, CatalogGroupDirectory, bool PrivateNetwork), Lazy<GroupCache>> _directories = new();

    /// <summary>All groups of a person of <paramref name="upstream"/>, which has a directory; refuses as <see cref="GroupCache"/> does.</summary>
    public Task<OAuthResult<string[]>> GroupsOfAsync(CatalogIdp upstream, VerifiedSubject person, CancellationToken ct) =>
        _directories.GetOrAdd(
            (upstream.Alias, upstream.Issuer.Value, upstream.GroupDirectory!, upstream.PrivateNetwork),
            _ => new Lazy<GroupCache>(() => new GroupCache(Connect(upstream), upstream.Alias, clock, log))).Value.GroupsOfAsync(person, ct);

    public void Dispose()
    {
        foreach (var directory in _directories.Values)
            if (directory.IsValueCreated) directory.Value.Dispose();
    }

    private IGroupDirectory Connect(CatalogIdp upstream)
    {
        var directory = upstream.GroupDirectory!;
        var http = new DirectoryHttp(egress, directory.BaseUrl, upstream.PrivateNetwork, clock);
        string Secret() => secrets.Find(upstream.Alias) ?? throw new GroupDirectoryException("The directory's secret is not configured.");
        if (directory.Kind is GroupDirectoryKind.Okta) return new OktaGroupDirectory(http, Secret);
        var login = new DirectoryHttp(egress, new Uri(upstream.Issuer.Url, "/"), upstream.PrivateNetwork, clock);
        return new GraphGroupDirectory(http, new GraphToken(login, directory, Secret, clock), directory);
    }
}
