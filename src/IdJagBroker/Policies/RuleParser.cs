using System.Collections.Frozen;
using System.Collections.Immutable;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies;

/// <summary>Reads one rule. What a rule does not say is never guessed wider than it reads.</summary>
internal sealed class RuleParser(PolicyDiagnostics problems, YamlValues values, CatalogNames? names)
{
    private static readonly ImmutableArray<(string, PolicyEffect)> Effects = [("allow", PolicyEffect.Allow), ("deny", PolicyEffect.Deny)];

    /// <summary>The rule without its limits, or null with the reasons reported.</summary>
    public PolicyRule? Parse(YamlFields fields, string id)
    {
        var effect = values.Word(fields.Required("effect"), "effect", Effects);
        var why = fields.Required("why") is { } reason ? values.Text(reason, "why") : null;
        var who = Who(effect is PolicyEffect.Allow ? fields.Required("who") : fields.Optional("who"));
        var clients = Client(effect is PolicyEffect.Allow ? fields.Required("client") : fields.Optional("client"));
        var rule = new PolicyRule
        {
            Id = id, Effect = effect ?? PolicyEffect.Deny, Why = why ?? "", File = fields.At.Source.Name, Line = fields.At.Line,
            Who = who, Clients = clients,
        };
        if (effect is PolicyEffect.Allow) rule = rule with { Grant = AllowOnly(fields) };
        if (effect is PolicyEffect.Deny) rule = DenyOnly(rule, fields);
        if (effect is null) Skip(fields);
        return effect is null ? null : rule;
    }

    private FrozenDictionary<string, ScopeSet> AllowOnly(YamlFields fields)
    {
        fields.Refuse("target", "is for deny rules; an allow rule says where in 'grant'");
        fields.Refuse("scopes", "is for deny rules; an allow rule has its scopes in 'grant'");
        return Grant(fields.Required("grant"));
    }

    private PolicyRule DenyOnly(PolicyRule rule, YamlFields fields)
    {
        fields.Refuse("grant", "is for allow rules");
        fields.Refuse("limits", "is for allow rules: a deny rule contributes to no token");
        var before = problems.Errors;
        var target = Target(fields.Optional("target"));
        var reachIsKnown = names is not null && problems.Errors == before;
        if (!fields.Has("who") && !fields.Has("client") && !fields.Has("target"))
            problems.Error(fields.At, PolicyDiagnosticCode.RuleTooBroad,
                "this would deny everybody everything; if that is meant, say who: {everyone: true}");
        return rule with { Target = target, Scopes = Patterns(fields.Optional("scopes"), target, reachIsKnown) };
    }

    // Without a valid effect nobody knows which fields belong; they are not called unknown on top of it.
    private static void Skip(YamlFields fields)
    {
        foreach (var name in (string[])["grant", "target", "scopes", "limits"]) fields.Optional(name);
    }

    private PolicyWho? Who(YamlNode? node)
    {
        if (node is null || values.Fields(node, "who") is not { } fields) return null;
        var everyone = fields.Optional("everyone");
        var groups = fields.Optional("groups");
        var subjects = fields.Optional("subjects");
        fields.End();
        if (everyone is not null)
        {
            if (!values.Flag(everyone, "everyone", true))
                problems.Error(everyone.At, PolicyDiagnosticCode.ValueInvalid, "'everyone' can only be true; leave it out otherwise");
            if (groups is not null || subjects is not null)
                problems.Error(fields.KeyAt("everyone"), PolicyDiagnosticCode.FieldNotApplicable, "'everyone' leaves no room for groups or subjects");
            return new PolicyWho { Everyone = true };
        }
        if (groups is null && subjects is null)
            problems.Error(node.At, PolicyDiagnosticCode.FieldMissing, "'who' needs groups, subjects, or everyone: true");
        var who = new PolicyWho { Subjects = subjects is null ? null : Subjects(subjects) };
        return groups is null ? who : Groups(groups, who);
    }

    private PolicyWho Groups(YamlNode node, PolicyWho who)
    {
        if (values.Fields(node, "groups") is not { } fields) return who;
        var result = who with { AnyOf = GroupList(fields, "anyOf"), AllOf = GroupList(fields, "allOf"), NoneOf = GroupList(fields, "noneOf") };
        if (!fields.Has("anyOf") && !fields.Has("allOf") && !fields.Has("noneOf"))
            problems.Error(node.At, PolicyDiagnosticCode.FieldMissing, "'groups' needs anyOf, allOf or noneOf");
        fields.End();
        return result;
    }

    private FrozenSet<string>? GroupList(YamlFields fields, string name) =>
        fields.Optional(name) is { } list ? Aliases(list, name, "a group", names?.Groups, PolicyDiagnosticCode.GroupUnknown) : null;

    private FrozenSet<string> Subjects(YamlNode node)
    {
        var subjects = new List<string>();
        foreach (var (text, at) in values.Texts(node, "subjects"))
        {
            var bar = text.IndexOf('|');
            if (bar <= 0 || bar == text.Length - 1)
                problems.Error(at, PolicyDiagnosticCode.ValueInvalid,
                    $"{PolicyDiagnostics.Quote(text)} is not a subject: the alias of an identity provider, '|', the person's id there");
            else if (names is not null && !names.Idps.Contains(text[..bar]))
                problems.Unknown(at, PolicyDiagnosticCode.IdpUnknown, text[..bar], "is not an identity provider of the catalogue", names.Idps);
            else subjects.Add(text);
        }
        return subjects.ToFrozenSet(StringComparer.Ordinal);
    }

    private FrozenSet<string>? Client(YamlNode? node)
    {
        if (node is null || values.Fields(node, "client") is not { } fields) return null;
        var ids = fields.Required("ids");
        fields.End();
        return ids is null ? null : Aliases(ids, "ids", "a client", names?.Clients, PolicyDiagnosticCode.ClientUnknown);
    }

    private FrozenDictionary<string, ScopeSet> Grant(YamlNode? node)
    {
        var grant = new Dictionary<string, ScopeSet>(StringComparer.Ordinal);
        var entries = values.Entries(node, "grant");
        if (node is YamlMap && entries.Count is 0) problems.Error(node.At, PolicyDiagnosticCode.ListEmpty, "grant is empty");
        foreach (var (key, scopes) in entries.Select(entry => (entry.Key, entry.Value)))
        {
            if (names is null || names.Resources.Contains(key.Value)) grant[key.Value] = GrantScopes(key.Value, scopes);
            else problems.Unknown(key.At, PolicyDiagnosticCode.ResourceUnknown, key.Value, "is not a resource of the catalogue", names.Resources);
        }
        return grant.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private ScopeSet GrantScopes(string resource, YamlNode node)
    {
        var known = names?.Scopes.GetValueOrDefault(resource);
        var scopes = new List<string>();
        foreach (var (scope, at) in values.Texts(node, "the scopes of a grant", ScopeSet.MaxScopes))
        {
            if (known is not null && !known.Contains(scope))
                problems.Unknown(at, PolicyDiagnosticCode.ScopeUnknown, scope, $"is not a scope of {resource}", known.Scopes);
            else if (ScopeSet.IsScope(scope)) scopes.Add(scope);
        }
        return ScopeSet.Of(scopes);
    }

    private PolicyTarget? Target(YamlNode? node)
    {
        if (node is null || values.Fields(node, "target") is not { } fields) return null;
        var resources = fields.Optional("resources");
        var tags = fields.Optional("tags");
        fields.End();
        if (resources is null && tags is null) problems.Error(node.At, PolicyDiagnosticCode.FieldMissing, "'target' needs resources or tags");
        return new PolicyTarget(
            resources is null ? null : Aliases(resources, "resources", "a resource", names?.Resources, PolicyDiagnosticCode.ResourceUnknown),
            tags is null ? null : Tags(tags));
    }

    private FrozenSet<string>? Tags(YamlNode node)
    {
        if (values.Fields(node, "tags") is not { } fields) return null;
        var any = fields.Required("anyOf");
        fields.End();
        return any is null ? null : Aliases(any, "anyOf", "a tag", names?.Tags, PolicyDiagnosticCode.TagUnknown);
    }

    private ImmutableArray<ScopePattern> Patterns(YamlNode? node, PolicyTarget? target, bool reachIsKnown)
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

    // A mistyped deny protects nothing, and nobody would notice.
    private void CheckReach(ScopePattern pattern, SourceSpan at, PolicyTarget? target, CatalogNames known)
    {
        var reachable = known.Resources
            .Where(alias => (target?.Resources?.Contains(alias) ?? true)
                && (target?.AnyTag is not { } tags || known.TagsOf.GetValueOrDefault(alias, []).Any(tags.Contains)))
            .Select(alias => known.Scopes.GetValueOrDefault(alias)).ToList();
        if (reachable.Contains(null) || reachable.Any(scopes => scopes!.Scopes.Any(pattern.Matches))) return;
        if (pattern.IsLiteral)
            problems.Unknown(at, PolicyDiagnosticCode.ScopeUnknown, pattern.Text, "is not a scope of any resource that this rule is about",
                reachable.SelectMany(scopes => scopes!.Scopes).Distinct(StringComparer.Ordinal));
        else
            problems.Warning(at, PolicyDiagnosticCode.PatternMatchesNothing,
                $"{PolicyDiagnostics.Quote(pattern.Text)} matches no scope of any resource that this rule is about");
    }

    private FrozenSet<string> Aliases(YamlNode node, string list, string what, HashSet<string>? known, PolicyDiagnosticCode code)
    {
        var aliases = new List<string>();
        foreach (var (alias, at) in values.Texts(node, list))
        {
            if (known is null || known.Contains(alias)) aliases.Add(alias);
            else problems.Unknown(at, code, alias, $"is not {what} of the catalogue", known);
        }
        return aliases.ToFrozenSet(StringComparer.Ordinal);
    }
}
