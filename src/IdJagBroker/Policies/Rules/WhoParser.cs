using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Rules;

/// <summary>Reads <c>who</c>.</summary>
internal sealed class WhoParser(PolicyDiagnostics problems, YamlValues values, SetConditionParser sets, CatalogNames? names)
{
    private static readonly string[] Conditions = ["groups", "subjects", "idps", "tenants", "claims"];

    public PolicyWho? Parse(YamlNode? node)
    {
        if (node is null || values.Fields(node, "who") is not { } fields) return null;
        var everyone = fields.Optional("everyone");
        var who = new PolicyWho
        {
            Everyone = everyone is not null,
            Groups = sets.OfMany(fields.Optional("groups"), "groups", new("a group", names?.Groups, PolicyDiagnosticCode.GroupUnknown)),
            Subjects = sets.OfOne(fields.Optional("subjects"), "subjects", KnownNames.Free),
            Idps = sets.OfOne(fields.Optional("idps"), "idps", new("an identity provider", names?.Idps, PolicyDiagnosticCode.IdpUnknown)),
            Tenants = sets.OfOne(fields.Optional("tenants"), "tenants", KnownNames.Free),
            Claims = sets.ByClaim(fields.Optional("claims"), "claims", names?.PolicyClaims),
        };
        CheckSubjects(fields.Optional("subjects"));
        fields.End();
        if (everyone is not null) CheckEveryone(everyone, fields);
        else if (!Array.Exists(Conditions, fields.Has))
            problems.Error(node.At, PolicyDiagnosticCode.FieldMissing, "'who' needs groups, subjects, idps, tenants, claims, or everyone: true");
        return who;
    }

    private void CheckEveryone(YamlNode everyone, YamlFields fields)
    {
        if (!values.Flag(everyone, "everyone", true))
            problems.Error(everyone.At, PolicyDiagnosticCode.ValueInvalid, "'everyone' can only be true; leave it out otherwise");
        if (Array.Exists(Conditions, fields.Has))
            problems.Error(fields.KeyAt("everyone"), PolicyDiagnosticCode.FieldNotApplicable, "'everyone' leaves no room for another condition");
    }

    private void CheckSubjects(YamlNode? node)
    {
        foreach (var scalar in Scalars(node)) SubjectName.Check(scalar.Value, scalar.At, problems, names);
    }

    private static IEnumerable<YamlScalar> Scalars(YamlNode? node) => node switch
    {
        YamlSequence list => list.Items.OfType<YamlScalar>(),
        YamlMap map => map.Entries.SelectMany(entry => Scalars(entry.Value)),
        _ => [],
    };
}
