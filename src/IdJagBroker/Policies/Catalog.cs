using System.Collections.Frozen;
using System.Collections.Immutable;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies;

/// <summary>
/// Everything that has a name in the policies, with the look-ups of a token request built once. All names are compared ordinally
/// (SEC-34). Entries that are not enabled are found too: who asks must look, and <see cref="Decisions.PolicyEngine"/> refuses them in any case.
/// </summary>
internal sealed class Catalog
{
    private readonly FrozenDictionary<string, (CatalogIdp Idp, CatalogIssuer Issuer)> _idpByIssuer;
    private readonly FrozenDictionary<string, CatalogClient> _clientById;
    private readonly FrozenDictionary<string, CatalogAdministrator> _administratorById;
    private readonly FrozenDictionary<string, CatalogClient> _clientByOrigin;
    private readonly FrozenDictionary<string, CatalogAuthorizationServer> _audienceExact;
    private readonly FrozenDictionary<string, CatalogAuthorizationServer> _audienceByKey;
    private readonly FrozenDictionary<string, CatalogAuthorizationServer> _audienceAliases;
    private readonly FrozenDictionary<ResourceIndicator, CatalogResource> _resourceByUri;
    private readonly FrozenDictionary<string, ImmutableArray<CatalogResource>> _openResources;
    private readonly FrozenDictionary<string, FrozenDictionary<string, string>> _groupAliases;

    /// <summary>Takes entries that are already checked against each other.</summary>
    /// <exception cref="ArgumentException">Two entries share an alias, client id, issuer, audience, resource or group id.</exception>
    public Catalog(
        string name, string owner, IEnumerable<CatalogIdp> idps, IEnumerable<CatalogGroup> groups, IEnumerable<CatalogClient> clients,
        IEnumerable<CatalogAdministrator> administrators, IEnumerable<CatalogAuthorizationServer> authorizationServers, IEnumerable<CatalogResource> resources)
    {
        (Name, Owner) = (name, owner);
        Idps = Index(idps, idp => idp.Alias);
        Groups = Index(groups, group => group.Alias);
        Clients = Index(clients, client => client.Alias);
        Administrators = Index(administrators, administrator => administrator.Alias);
        AuthorizationServers = Index(authorizationServers, server => server.Alias);
        Resources = Index(resources, resource => resource.Alias);

        _idpByIssuer = Idps.Values.SelectMany(idp => IdpIssuers.Of(idp), (idp, issuer) => KeyValuePair.Create(issuer.Value, (idp, issuer))).Freeze();
        _clientById = Clients.Values.SelectMany(client => client.ClientIds.Concat(client.Documents.Select(document => document.Value)), (client, id) => KeyValuePair.Create(id, client)).Freeze();
        _administratorById = Administrators.Values.SelectMany(administrator => administrator.ClientIds, (administrator, id) => KeyValuePair.Create(id, administrator)).Freeze();
        _clientByOrigin = Clients.Values.SelectMany(client => client.DocumentOrigins, (client, origin) => KeyValuePair.Create(origin, client)).Freeze();
        HasSignIn = Idps.Values.Any(idp => idp.SignIn is not null) && Clients.Values.Any(client => client.SignIn is not null);
        HasPublicClients = Clients.Values.Any(client => client.Auth is ClientAuth.None);
        HasDocumentClients = Clients.Values.Any(client => client.ByDocument);
        _audienceExact = Index(AuthorizationServers.Values, server => server.Issuer.Value);
        _audienceByKey = Index(AuthorizationServers.Values, server => server.Issuer.LookupKey);
        _audienceAliases = AuthorizationServers.Values
            .SelectMany(server => server.AudienceAliases, (server, alias) => KeyValuePair.Create(alias, server)).Freeze();
        _resourceByUri = Resources.Values.ToDictionary(resource => resource.Uri).ToFrozenDictionary();
        _openResources = Resources.Values.Where(IsOpen).GroupBy(resource => resource.AuthorizationServer, StringComparer.Ordinal)
            .Select(governed => KeyValuePair.Create(governed.Key, governed.OrderBy(resource => resource.Alias, StringComparer.Ordinal).ToImmutableArray())).Freeze();
        _groupAliases = Groups.Values.GroupBy(group => group.Idp, StringComparer.Ordinal)
            .Select(ofIdp => KeyValuePair.Create(ofIdp.Key, ofIdp.Select(group => KeyValuePair.Create(group.Id, group.Alias)).Freeze()))
            .Freeze();
        SubjectClaimNames =
        [
            .. AuthorizationServers.Values.SelectMany(server => new[] { server.Subject.Claim, server.Token.AudienceSubjectClaim })
                .OfType<string>().Distinct(StringComparer.Ordinal),
        ];
        CopiedClaimNames = [.. AuthorizationServers.Values.SelectMany(server => server.Token.Claims).Distinct(StringComparer.Ordinal)];
    }

    public string Name { get; }

    public string Owner { get; }

    public FrozenDictionary<string, CatalogIdp> Idps { get; }

    public FrozenDictionary<string, CatalogGroup> Groups { get; }

    public FrozenDictionary<string, CatalogClient> Clients { get; }

    public FrozenDictionary<string, CatalogAdministrator> Administrators { get; }

    public FrozenDictionary<string, CatalogAuthorizationServer> AuthorizationServers { get; }

    public FrozenDictionary<string, CatalogResource> Resources { get; }

    /// <summary>The claims that some server's <c>sub</c> or <c>aud_sub</c> is taken from: what a subject token is read for besides its registered claims.</summary>
    public IReadOnlyList<string> SubjectClaimNames { get; }

    /// <summary>The claims that some server's ID-JAGs copy, whatever the rule.</summary>
    public IReadOnlyList<string> CopiedClaimNames { get; }

    /// <summary>The identity provider one of whose issuers is exactly <paramref name="issuer"/>, or null.</summary>
    public CatalogIdp? FindIdp(string issuer) => FindIssuer(issuer)?.Idp;

    /// <summary>The same, with what that issuer says of the tenant.</summary>
    public (CatalogIdp Idp, CatalogIssuer Issuer)? FindIssuer(string issuer) => _idpByIssuer.TryGetValue(issuer, out var found) ? found : null;

    /// <summary>Whether any client is registered by a metadata document.</summary>
    public bool HasDocumentClients { get; }

    /// <summary>The client that has this id here, or null: the very id, and else that of a document at a host whose documents are all one client's.</summary>
    public CatalogClient? FindClient(string clientId) =>
        _clientById.TryGetValue(clientId, out var client) ? client
        : _clientByOrigin.Count > 0 && ClientDocumentUrl.TryParse(clientId, out var document) ? _clientByOrigin.GetValueOrDefault(document.Origin)
        : null;

    /// <summary>Whether people sign in at this issuer: there is a provider to send them to, and a client that sends them here.</summary>
    public bool HasSignIn { get; }

    /// <summary>Whether any client is public.</summary>
    public bool HasPublicClients { get; }

    /// <summary>Whether anybody may use the admin API with a token of ours.</summary>
    public bool HasAdministrators => Administrators.Count > 0;

    /// <summary>The administrator that has this id, or null.</summary>
    public CatalogAdministrator? FindAdministrator(string clientId) => _administratorById.GetValueOrDefault(clientId);

    /// <summary>Whose an id is in the catalogue. An administrator's is never a client's: not by a document, and not by registration (ADR 0016).</summary>
    public CatalogIdentity? FindIdentity(string clientId) => FindAdministrator(clientId) ?? (CatalogIdentity?)FindClient(clientId);

    /// <summary>
    /// The server that an <c>audience</c> parameter names, or null: its issuer exactly, then but for the one equivalence of C-09, then
    /// one of its aliases.
    /// </summary>
    public CatalogAuthorizationServer? FindAuthorizationServer(string audience) =>
        _audienceExact.GetValueOrDefault(audience)
        ?? (Issuer.LookupKeyOf(audience) is { } key ? _audienceByKey.GetValueOrDefault(key) : null)
        ?? _audienceAliases.GetValueOrDefault(audience);

    /// <summary>The server whose issuer is exactly <paramref name="issuer"/>, or null.</summary>
    public CatalogAuthorizationServer? FindAuthorizationServerByIssuer(string issuer) => _audienceExact.GetValueOrDefault(issuer);

    /// <summary>The MCP server that a <c>resource</c> parameter names (C-09), or null.</summary>
    public CatalogResource? FindResource(ResourceIndicator resource) => _resourceByUri.GetValueOrDefault(resource);

    /// <summary>The one resource that a request without <c>resource</c> can only mean (C-03), or null: there is none, or there are several.</summary>
    /// <param name="authorizationServer">The server's alias.</param>
    public CatalogResource? DefaultResource(string authorizationServer) =>
        OpenResources(authorizationServer) is [var only] ? only : null;

    /// <summary>The resources of a server that are enabled, in the order of their aliases; none if the server is not.</summary>
    /// <param name="authorizationServer">The server's alias.</param>
    public ImmutableArray<CatalogResource> OpenResources(string authorizationServer) =>
        _openResources.TryGetValue(authorizationServer, out var open) ? open : [];

    /// <summary>The aliases of those of a person's groups that have one.</summary>
    /// <param name="idp">The alias of the identity provider that stated them: an id means nothing at another.</param>
    /// <param name="groupIds">The stable ids.</param>
    public IReadOnlySet<string> GroupAliases(string idp, IEnumerable<string> groupIds)
    {
        var aliases = new HashSet<string>(StringComparer.Ordinal);
        if (!_groupAliases.TryGetValue(idp, out var known)) return aliases;
        foreach (var id in groupIds)
            if (known.TryGetValue(id, out var alias)) aliases.Add(alias);
        return aliases;
    }

    /// <summary>Whether something can be granted at a resource: it and its authorization server are enabled.</summary>
    public bool IsOpen(CatalogResource resource) =>
        resource.Enabled && AuthorizationServers.TryGetValue(resource.AuthorizationServer, out var server) && server.Enabled;

    private static FrozenDictionary<string, T> Index<T>(IEnumerable<T> entries, Func<T, string> key) =>
        entries.ToDictionary(key, StringComparer.Ordinal).ToFrozenDictionary(StringComparer.Ordinal);
}

file static class Ordinal
{
    /// <summary>Fails on a repeated key, where <c>ToFrozenDictionary</c> alone would let the last one win.</summary>
    public static FrozenDictionary<string, T> Freeze<T>(this IEnumerable<KeyValuePair<string, T>> entries) =>
        entries.ToDictionary(StringComparer.Ordinal).ToFrozenDictionary(StringComparer.Ordinal);
}
