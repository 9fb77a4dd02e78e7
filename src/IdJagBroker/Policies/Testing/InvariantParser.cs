using System.Collections.Frozen;
using IdJagBroker.Policies.Analysis;
using IdJagBroker.Policies.Rules;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Testing;

/// <summary>Reads one invariant. One that is about nobody or nothing would always hold, so it is refused.</summary>
internal sealed class InvariantParser(PolicyDiagnostics problems, YamlValues values, CatalogNames? names)
{
    private readonly SetConditionParser _sets = new(problems, values);

    public Invariant? Parse(YamlFields fields, string name)
    {
        var (never, always) = (fields.Optional("never"), fields.Optional("always"));
        if (never is null && always is null) problems.Error(fields.At, PolicyDiagnosticCode.FieldMissing, "'never' or 'always' is missing");
        if (never is not null) fields.Refuse("always", "does not go with 'never': an invariant says one thing");
        return new Invariant { Name = name, At = fields.At, Never = Never(never), LifetimeAtMost = never is null ? Lifetime(always) : null };
    }

    private TimeSpan? Lifetime(YamlNode? node)
    {
        if (node is null || values.Fields(node, "always") is not { } fields) return null;
        var lifetime = values.Duration(fields.Required("lifetimeAtMost"), "lifetimeAtMost", PolicySnapshot.MinLifetime, PolicySnapshot.MaxLifetime);
        fields.End();
        return lifetime;
    }

    private NeverAccess? Never(YamlNode? node)
    {
        if (node is null || values.Fields(node, "never") is not { } fields) return null;
        var before = problems.Errors;
        var access = Who(fields.Optional("who"), new NeverAccess { Clients = Clients(fields.Optional("client")), Target = Target(fields.Optional("target")) });
        var reachIsKnown = names is not null && problems.Errors == before;
        access = access with { Scopes = new TargetParser(problems, values, _sets, names).Patterns(fields.Optional("scopes"), access.Target, reachIsKnown) };
        if (node is YamlMap { Entries.Count: 0 }) problems.Error(node.At, PolicyDiagnosticCode.FieldMissing, "'never' needs who, client, target or scopes");
        fields.End();
        return access;
    }

    private NeverAccess Who(YamlNode? node, NeverAccess access)
    {
        if (node is null || values.Fields(node, "who") is not { } fields) return access;
        var groups = new KnownNames("a group", names?.Groups, PolicyDiagnosticCode.GroupUnknown);
        access = access with { Groups = List(fields, "groups", groups), NoGroups = List(fields, "noGroups", groups), Subjects = List(fields, "subjects", KnownNames.Free) };
        if (fields.Optional("subjects") is YamlSequence people)
            foreach (var person in people.Items.OfType<YamlScalar>()) SubjectName.Check(person.Value, person.At, problems, names);
        if (fields.Optional("groups") is { } list) CheckTogether(list, access.Groups!, access.NoGroups);
        NotEmpty(node, "who", "groups, noGroups or subjects");
        fields.End();
        return access;
    }

    // A person is of one provider.
    private void CheckTogether(YamlNode node, FrozenSet<string> groups, FrozenSet<string>? noGroups)
    {
        if (noGroups?.Overlaps(groups) is true) problems.Error(node.At, PolicyDiagnosticCode.ValueInvalid, "nobody is in a group and not in it: one of these is in noGroups too");
        var idps = groups.Select(group => names?.IdpOf.GetValueOrDefault(group)).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        if (idps.Count > 1) problems.Error(node.At, PolicyDiagnosticCode.ValueInvalid, $"nobody is in all of these groups: they belong to {string.Join(" and ", idps)}");
    }

    private PolicyClients? Clients(YamlNode? node)
    {
        if (node is null || values.Fields(node, "client") is not { } fields) return null;
        var known = new KnownNames("a client", names?.Clients, PolicyDiagnosticCode.ClientUnknown);
        var (ids, notIds) = (List(fields, "ids", known), List(fields, "notIds", known));
        var trust = List(fields, "trust", new("a trust class", PolicyClients.TrustWords, PolicyDiagnosticCode.WordUnknown));
        NotEmpty(node, "client", "ids, notIds or trust");
        fields.End();
        return new PolicyClients { Ids = ids is null && notIds is null ? null : new SetCondition(ids, null, notIds), Trust = trust is null ? null : new SetCondition(trust) };
    }

    private PolicyTarget? Target(YamlNode? node)
    {
        if (node is null || values.Fields(node, "target") is not { } fields) return null;
        var resources = List(fields, "resources", new("a resource", names?.Resources, PolicyDiagnosticCode.ResourceUnknown));
        var tags = List(fields, "tags", new("a tag", names?.Tags, PolicyDiagnosticCode.TagUnknown));
        NotEmpty(node, "target", "resources or tags");
        fields.End();
        return new PolicyTarget { Resources = resources is null ? null : new SetCondition(resources), Tags = tags is null ? null : new SetCondition(tags) };
    }

    private FrozenSet<string>? List(YamlFields fields, string name, KnownNames known) => fields.Optional(name) is { } list ? _sets.Names(list, name, known) : null;

    private void NotEmpty(YamlNode node, string field, string what)
    {
        if (node is YamlMap { Entries.Count: 0 }) problems.Error(node.At, PolicyDiagnosticCode.FieldMissing, $"'{field}' needs {what}");
    }
}
