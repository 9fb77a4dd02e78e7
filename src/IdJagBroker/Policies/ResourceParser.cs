using System.Collections.Immutable;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies;

/// <summary>Reads <c>resources.ALIAS</c>.</summary>
internal sealed class ResourceParser(CatalogEntryParser entry)
{
    /// <summary>The words of <c>scopeMode</c>.</summary>
    public static readonly ImmutableArray<(string, ScopeMode)> ScopeModes = [("narrow", ScopeMode.Narrow), ("exact", ScopeMode.Exact)];

    private readonly YamlValues _values = entry.Values;
    private readonly Dictionary<ResourceIndicator, string> _uris = [];

    public CatalogResource? Parse(string alias, YamlFields fields)
    {
        var server = entry.Known(fields.Required("as"), "an authorization server", entry.Names.AuthorizationServers, PolicyDiagnosticCode.AsUnknown);
        var uri = Uri(alias, fields.Required("uri"));
        var scopes = Scopes(fields.Required("scopes"));
        entry.Names.Scopes[alias] = scopes;
        if (server is not null) entry.Names.ServerOf[alias] = server;
        ImmutableArray<string> tags = [.. _values.Texts(fields.Optional("tags"), "tags").Select(tag => tag.Value)];
        entry.Names.TagsOf[alias] = tags;
        entry.Names.Tags.UnionWith(tags);
        var defaults = DefaultScopes(alias, fields.Optional("defaultScopes"), scopes);
        var mode = _values.Word(fields.Optional("scopeMode"), "scopeMode", ScopeModes) ?? ScopeMode.Narrow;
        var signIn = SignInNeedsParser.Parse(entry, fields);
        var enabled = _values.Flag(fields.Optional("enabled"), "enabled", true);
        return server is null || uri is null || scopes is null ? null : new CatalogResource
        {
            Alias = alias, AuthorizationServer = server, Uri = uri, Scopes = scopes, Tags = tags, DefaultScopes = defaults, Enabled = enabled,
            ScopeMode = mode, SignIn = signIn,
        };
    }

    private ResourceIndicator? Uri(string alias, YamlNode? node)
    {
        if (node is null || _values.Text(node, "uri") is not { } text) return null;
        if (!ResourceIndicator.TryParse(text, out var uri))
        {
            entry.Problems.Error(node.At, PolicyDiagnosticCode.UriInvalid,
                $"{PolicyDiagnostics.Quote(text)} is not the URI of a resource: http(s), no fragment");
            return null;
        }
        if (!_uris.TryAdd(uri, alias))
            entry.Problems.Error(node.At, PolicyDiagnosticCode.ResourceDuplicate, $"{PolicyDiagnostics.Quote(text)} already belongs to {_uris[uri]}");
        return uri;
    }

    private ScopeSet? Scopes(YamlNode? node)
    {
        if (node is not YamlSequence)
        {
            _values.Texts(node, "scopes");
            return null;
        }
        var scopes = new List<string>();
        foreach (var (scope, at) in _values.Texts(node, "scopes", ScopeSet.MaxScopes))
        {
            if (ScopeSet.IsScope(scope) && !scope.Contains('*')) scopes.Add(scope);
            else entry.Problems.Error(at, PolicyDiagnosticCode.ScopeInvalid,
                $"{PolicyDiagnostics.Quote(scope)} is not a scope: printable ASCII without space, quotes, backslash; a star is for patterns");
        }
        return ScopeSet.Of(scopes);
    }

    private ScopeSet DefaultScopes(string alias, YamlNode? node, ScopeSet? scopes)
    {
        var defaults = new List<string>();
        foreach (var (scope, at) in _values.Texts(node, "defaultScopes"))
        {
            if (scopes is null || scopes.Contains(scope)) defaults.Add(scope);
            else entry.Problems.Unknown(at, PolicyDiagnosticCode.ScopeUnknown, scope, $"is not a scope of {alias}", scopes.Scopes);
        }
        return scopes is null ? ScopeSet.Empty : ScopeSet.Of(defaults);
    }
}
