using System.Collections.Frozen;
using System.Collections.Immutable;
using IdJagBroker.Policies.Rules;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Testing;

/// <summary>Reads <c>subjects</c>: people as an identity provider of the catalogue could state them, and no others.</summary>
internal sealed class TestSubjectParser(PolicyDiagnostics problems, YamlValues values, CatalogNames? names)
{
    /// <summary>How long ago a sign-in can be.</summary>
    public static readonly TimeSpan MaxAuthAge = TimeSpan.FromHours(720);

    private readonly Dictionary<string, TestSubject> _people = new(StringComparer.Ordinal);
    private readonly HashSet<string> _declared = new(StringComparer.Ordinal);

    public void Parse(YamlNode? node)
    {
        if (node is null) return;
        foreach (var entry in values.Entries(node, "subjects"))
        {
            var name = entry.Key.Value;
            _declared.Add(name);
            if (!values.IsAlias(entry.Key, "the name of a subject") || values.Fields(entry.Value, $"'{name}'", entry.Key.At) is not { } fields) continue;
            if (One(name, fields) is { } person) _people.Add(name, person);
            fields.End();
        }
    }

    /// <summary>The person whom a test names; null if there is none, or with faults of its own.</summary>
    public TestSubject? Find(YamlNode? node)
    {
        if (node is null || values.Text(node, "subject") is not { } name) return null;
        if (!_declared.Contains(name)) problems.Unknown(node.At, PolicyDiagnosticCode.SubjectUnknown, name, "is not in this document's 'subjects'", _declared);
        return _people.GetValueOrDefault(name);
    }

    private TestSubject? One(string name, YamlFields fields)
    {
        var sub = Sub(fields.Optional("sub"));
        var idp = Idp(fields, sub);
        var overage = values.Flag(fields.Optional("overage"), "overage", false);
        if (overage) fields.Refuse("groups", "does not go with 'overage', which says that they are not known");
        if (idp is null)
        {
            // Whose person it is, is not known: the rest is not called unknown on top of it.
            foreach (var other in (string[])["tenant", "groups", "acr", "amr", "authAge", "claims"]) fields.Optional(other);
            return null;
        }
        return new TestSubject
        {
            Name = name, Sub = sub, Idp = idp, Tenant = fields.Optional("tenant") is { } tenant ? values.Text(tenant, "tenant") : null,
            Groups = overage ? FrozenSet<string>.Empty : Groups(fields.Optional("groups"), idp), GroupsComplete = !overage,
            Acr = TextOrList(fields.Optional("acr"), "acr"), Amr = TextOrList(fields.Optional("amr"), "amr"),
            AuthAge = values.Duration(fields.Optional("authAge"), "authAge", TimeSpan.Zero, MaxAuthAge), Claims = Claims(fields.Optional("claims")),
        };
    }

    private string? Sub(YamlNode? node) =>
        node is not null && values.Text(node, "sub") is { } sub && SubjectName.Check(sub, node.At, problems, names) ? sub : null;

    private string? Idp(YamlFields fields, string? sub)
    {
        var node = fields.Optional("idp");
        var ofSub = sub?[..sub.IndexOf('|', StringComparison.Ordinal)];
        if (node is null)
        {
            if (!fields.Has("sub")) problems.Error(fields.At, PolicyDiagnosticCode.FieldMissing, "a subject needs sub, or idp for a person who is nobody in particular");
            return ofSub;
        }
        if (values.Text(node, "idp") is not { } idp) return null;
        if (names is not null && !names.Idps.Contains(idp)) problems.Unknown(node.At, PolicyDiagnosticCode.IdpUnknown, idp, "is not an identity provider of the catalogue", names.Idps);
        else if (ofSub is not null && ofSub != idp) problems.Error(node.At, PolicyDiagnosticCode.ValueInvalid, $"'idp' is not that of 'sub', which is {PolicyDiagnostics.Quote(ofSub)}");
        else return idp;
        return null;
    }

    private FrozenSet<string> Groups(YamlNode? node, string idp)
    {
        var groups = new List<string>();
        foreach (var (group, at) in values.Texts(node, "groups"))
        {
            if (names is not null && !names.Groups.Contains(group)) problems.Unknown(at, PolicyDiagnosticCode.GroupUnknown, group, "is not a group of the catalogue", names.Groups);
            else if (names?.IdpOf.GetValueOrDefault(group) is { } other && other != idp)
                problems.Error(at, PolicyDiagnosticCode.ValueInvalid, $"{PolicyDiagnostics.Quote(group)} is a group of {other}, and nobody of {idp} is in it");
            else groups.Add(group);
        }
        return groups.ToFrozenSet(StringComparer.Ordinal);
    }

    private FrozenDictionary<string, IReadOnlyList<string>> Claims(YamlNode? node)
    {
        var claims = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (node is null) return claims.ToFrozenDictionary(StringComparer.Ordinal);
        foreach (var (key, value) in values.Entries(node, "claims").Select(entry => (entry.Key, entry.Value)))
        {
            if (names is not null && !names.PolicyClaims.Contains(key.Value))
                problems.Unknown(key.At, PolicyDiagnosticCode.ClaimUnlisted, key.Value, "is in no identity provider's 'policyClaims'", names.PolicyClaims);
            // As in a token: a text, a list of texts, or true and false.
            else if (value is YamlScalar { IsPlain: true, Value: "true" or "false" } flag) claims[key.Value] = [flag.Value];
            else claims[key.Value] = TextOrList(value, key.Value);
        }
        return claims.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private ImmutableArray<string> TextOrList(YamlNode? node, string what) => node switch
    {
        null => [],
        YamlScalar => values.Text(node, what) is { } text ? [text] : [],
        _ => [.. values.Texts(node, what).Select(text => text.Value)],
    };
}
