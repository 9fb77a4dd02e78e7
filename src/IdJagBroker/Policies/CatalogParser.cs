using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies;

/// <summary>Reads a <c>kind: Catalog</c> document.</summary>
internal sealed class CatalogParser(PolicyDiagnostics problems, bool allowLoopbackHttp)
{
    private readonly YamlValues _values = new(problems);
    private readonly List<CatalogIdp> _idps = [];
    private readonly List<CatalogGroup> _groups = [];
    private readonly List<CatalogClient> _clients = [];
    private readonly List<CatalogAdministrator> _administrators = [];
    private readonly List<CatalogAuthorizationServer> _servers = [];
    private readonly List<CatalogResource> _resources = [];

    /// <summary>What is declared, for the rules to refer to.</summary>
    public CatalogNames Names { get; } = new();

    /// <summary>
    /// Reads the document. The names first, so that sections may stand in any order; then the entries. The catalogue is made by
    /// <paramref name="build"/> only if no file has an error.
    /// </summary>
    public void Parse(YamlFields document, out Func<Catalog> build)
    {
        var metadata = DocumentMetadata.Parse(document, _values);
        var idps = Section(document, "idps", Names.Idps);
        var groups = Section(document, "groups", Names.Groups);
        var clients = Section(document, "clients", Names.Clients);
        var administrators = Section(document, "administrators", Names.Administrators);
        var servers = Section(document, "authorizationServers", Names.AuthorizationServers);
        var resources = Section(document, "resources", Names.Resources);
        document.End();

        var entries = new CatalogEntryParser(problems, _values, Names, allowLoopbackHttp);
        var people = new IdpParser(entries);
        Add(_idps, idps, people.Parse);
        Add(_groups, groups, people.ParseGroup);
        var credentials = new CredentialsParser(entries);
        Add(_clients, clients, new ClientParser(entries, credentials).Parse);
        Add(_administrators, administrators, new AdministratorParser(entries, credentials).Parse);
        Add(_servers, servers, new AuthorizationServerParser(entries).Parse);
        Add(_resources, resources, new ResourceParser(entries).Parse);
        build = () => new Catalog(metadata!.Name, metadata.Owner, _idps, _groups, _clients, _administrators, _servers, _resources);
    }

    private List<YamlEntry> Section(YamlFields document, string name, HashSet<string> names)
    {
        var entries = new List<YamlEntry>();
        if (document.Optional(name) is not { } section) return entries;
        foreach (var entry in _values.Entries(section, name))
        {
            names.Add(entry.Key.Value);
            if (_values.IsAlias(entry.Key, "an alias")) entries.Add(entry);
        }
        return entries;
    }

    private void Add<T>(List<T> parsed, List<YamlEntry> entries, Func<string, YamlFields, T?> parse) where T : class
    {
        foreach (var entry in entries)
        {
            if (_values.Fields(entry.Value, $"'{entry.Key.Value}'", entry.Key.At) is not { } fields) continue;
            var result = parse(entry.Key.Value, fields);
            fields.End();
            if (result is not null) parsed.Add(result);
        }
    }
}

/// <summary>What an entry's parser needs to know of the rest.</summary>
internal sealed record CatalogEntryParser(PolicyDiagnostics Problems, YamlValues Values, CatalogNames Names, bool AllowLoopbackHttp)
{
    /// <summary>An alias that must be declared.</summary>
    public string? Known(YamlNode? node, string what, HashSet<string> names, PolicyDiagnosticCode code)
    {
        if (node is null || Values.Text(node, what) is not { } alias) return null;
        return IsKnown(alias, node.At, what, names, code) ? alias : null;
    }

    /// <summary>Whether an alias is declared; if not, that is an error.</summary>
    public bool IsKnown(string alias, SourceSpan at, string what, HashSet<string> names, PolicyDiagnosticCode code)
    {
        if (names.Contains(alias)) return true;
        Problems.Unknown(at, code, alias, $"is not {what} of the catalogue", names);
        return false;
    }

    /// <summary>A required https issuer identifier; http on a loopback address in Development.</summary>
    public Issuer? Issuer(YamlFields fields)
    {
        if (fields.Required("issuer") is not { } node || Values.Text(node, "issuer") is not { } text) return null;
        if (Protocol.Issuer.TryParse(text, AllowLoopbackHttp, out var issuer)) return issuer;
        Problems.Error(node.At, PolicyDiagnosticCode.IssuerInvalid,
            $"{PolicyDiagnostics.Quote(text)} is not an issuer: an https URL without query or fragment");
        return null;
    }

    /// <summary>The same of a value, or null: not written, or an error.</summary>
    public Uri? HttpsUrl(YamlNode? node, string what)
    {
        if (node is null || Values.Text(node, what) is not { } text) return null;
        if (HttpsUrl(text) is { } uri) return uri;
        Problems.Error(node.At, PolicyDiagnosticCode.UriInvalid, $"{PolicyDiagnostics.Quote(text)} is not an https URL");
        return null;
    }

    /// <summary>An https URL without user information and fragment (http on a loopback address in Development), or null.</summary>
    public Uri? HttpsUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.UserInfo.Length is 0 && uri.Host.Length > 0 && !text.Contains('#')
        && (uri.Scheme == Uri.UriSchemeHttps || (AllowLoopbackHttp && uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback)) ? uri : null;
}

/// <summary>What every document says of itself.</summary>
internal sealed record DocumentMetadata(string Name, string Owner)
{
    /// <summary>Null with an error if name or owner is not there.</summary>
    public static DocumentMetadata? Parse(YamlFields document, YamlValues values)
    {
        if (document.Required("metadata") is not { } node || values.Fields(node, "metadata") is not { } fields) return null;
        var name = fields.Required("name") is { } n ? values.Text(n, "name") : null;
        var owner = fields.Required("owner") is { } o ? values.Text(o, "owner") : null;
        if (fields.Optional("change") is { } change) values.Text(change, "change");
        fields.End();
        return name is not null && owner is not null ? new DocumentMetadata(name, owner) : null;
    }
}
