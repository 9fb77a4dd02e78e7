using System.Collections.Immutable;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies.Rules;

/// <summary>Reads where and which scopes: <c>grant</c> of an allow rule, <c>target</c> and <c>scopes</c> of a deny rule.</summary>
internal sealed class TargetParser(PolicyDiagnostics problems, YamlValues values, SetConditionParser sets, CatalogNames? names)
{
    public Dictionary<string, ScopeSet> Grant(YamlNode? node)
    {
        var grant = new Dictionary<string, ScopeSet>(StringComparer.Ordinal);
        var entries = values.Entries(node, "grant");
        if (node is YamlMap && entries.Count is 0) problems.Error(node.At, PolicyDiagnosticCode.ListEmpty, "grant is empty");
        foreach (var (key, scopes) in entries.Select(entry => (entry.Key, entry.Value)))
        {
            if (names is null || names.Resources.Contains(key.Value)) grant[key.Value] = GrantScopes(key.Value, scopes);
            else problems.Unknown(key.At, PolicyDiagnosticCode.ResourceUnknown, key.Value, "is not a resource of the catalogue", names.Resources);
        }
        return grant;
    }

    public PolicyTarget? Target(YamlNode? node)
    {
        if (node is null || values.Fields(node, "target") is not { } fields) return null;
        var target = new PolicyTarget
        {
            Resources = sets.OfOne(fields.Optional("resources"), "resources", new("a resource", names?.Resources, PolicyDiagnosticCode.ResourceUnknown)),
            AuthorizationServers = sets.OfOne(fields.Optional("authorizationServers"), "authorizationServers", new("an authorization server", names?.AuthorizationServers, PolicyDiagnosticCode.AsUnknown)),
            Tags = sets.OfMany(fields.Optional("tags"), "tags", new("a tag", names?.Tags, PolicyDiagnosticCode.TagUnknown)),
        };
        if (!fields.Has("resources") && !fields.Has("authorizationServers") && !fields.Has("tags"))
            problems.Error(node.At, PolicyDiagnosticCode.FieldMissing, "'target' needs resources, authorizationServers or tags");
        fields.End();
        return target;
    }

    /// <param name="node">The value of <c>scopes</c>.</param>
    /// <param name="target">Where the rule applies.</param>
    /// <param name="reachIsKnown">Whether that could be read, and the catalogue too.</param>
    public ImmutableArray<ScopePattern> Patterns(YamlNode? node, PolicyTarget? target, bool reachIsKnown)
    {
        var patterns = ImmutableArray.CreateBuilder<ScopePattern>();
        foreach (var (text, at) in values.Texts(node, "scopes", ScopeSet.MaxScopes))
        {
            if (!ScopePattern.IsWellFormed(text))
                problems.Error(at, PolicyDiagnosticCode.PatternInvalid,
                    $"{PolicyDiagnostics.Quote(text)} is neither a scope nor one with a single star at its start or end");
            else
            {
                patterns.Add(new ScopePattern(text));
                if (reachIsKnown) CheckReach(patterns[^1], at, target, names!);
            }
        }
        return patterns.DrainToImmutable();
    }

    private ScopeSet GrantScopes(string resource, YamlNode node)
    {
        var known = names?.Scopes.GetValueOrDefault(resource);
        var scopes = new List<string>();
        foreach (var (scope, at) in values.Texts(node, known is null ? "an entry of grant" : $"grant.{resource}", ScopeSet.MaxScopes))
        {
            if (known is not null && !known.Contains(scope))
                problems.Unknown(at, PolicyDiagnosticCode.ScopeUnknown, scope, $"is not a scope of {resource}", known.Scopes);
            else if (ScopeSet.IsScope(scope)) scopes.Add(scope);
        }
        return ScopeSet.Of(scopes);
    }

    // A mistyped deny protects nothing, and nobody would notice.
    private void CheckReach(ScopePattern pattern, SourceSpan at, PolicyTarget? target, CatalogNames known)
    {
        var reachable = known.Resources
            .Where(alias => target is null || known.ServerOf.GetValueOrDefault(alias) is not { } server || target.Covers(alias, server, [.. known.TagsOf.GetValueOrDefault(alias, [])]))
            .Select(alias => known.Scopes.GetValueOrDefault(alias)).ToList();
        if (reachable.Contains(null) || reachable.Any(scopes => scopes!.Scopes.Any(pattern.Matches))) return;
        if (pattern.IsLiteral)
            problems.Unknown(at, PolicyDiagnosticCode.ScopeUnknown, pattern.Text, "is not a scope of any resource that this rule is about",
                reachable.SelectMany(scopes => scopes!.Scopes).Distinct(StringComparer.Ordinal));
        else
            problems.Warning(at, PolicyDiagnosticCode.PatternMatchesNothing,
                $"{PolicyDiagnostics.Quote(pattern.Text)} matches no scope of any resource that this rule is about");
    }
}
