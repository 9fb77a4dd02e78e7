using System.Collections.Frozen;
using System.Collections.Immutable;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Rules;

/// <summary>Names that a condition may use.</summary>
/// <param name="What">One of them, such as "a group".</param>
/// <param name="Known">All there are; null: not known, so none is called wrong.</param>
/// <param name="Code">What a wrong one is.</param>
internal sealed record KnownNames(string What, IReadOnlyCollection<string>? Known, PolicyDiagnosticCode Code)
{
    /// <summary>Any text will do.</summary>
    public static KnownNames Free { get; } = new("a value", null, PolicyDiagnosticCode.ValueInvalid);
}

/// <summary>Reads <c>{anyOf: […], allOf: […], noneOf: […]}</c>, and where it reads naturally a list alone, which means <c>anyOf</c>.</summary>
internal sealed class SetConditionParser(PolicyDiagnostics problems, YamlValues values)
{
    /// <summary>Of something that has many names: groups, tags, claims.</summary>
    public SetCondition? OfMany(YamlNode? node, string field, KnownNames names)
    {
        if (node is null || values.Fields(node, field) is not { } fields) return null;
        var condition = new SetCondition(List(fields, "anyOf", names), List(fields, "allOf", names), List(fields, "noneOf", names));
        if (!fields.Has("anyOf") && !fields.Has("allOf") && !fields.Has("noneOf"))
            problems.Error(node.At, PolicyDiagnosticCode.FieldMissing, $"'{field}' needs anyOf, allOf or noneOf");
        fields.End();
        return condition;
    }

    /// <summary>Of something that has one name: clients, people, resources.</summary>
    public SetCondition? OfOne(YamlNode? node, string field, KnownNames names)
    {
        if (node is null) return null;
        if (node is not YamlMap) return new SetCondition(Names(node, field, names));
        var fields = values.Fields(node, field)!;
        var condition = new SetCondition(List(fields, "anyOf", names), null, List(fields, "noneOf", names));
        fields.Refuse("allOf", "is for what has several names; this has one");
        if (!fields.Has("anyOf") && !fields.Has("noneOf") && !fields.Has("allOf"))
            problems.Error(node.At, PolicyDiagnosticCode.FieldMissing, $"'{field}' needs anyOf or noneOf");
        fields.End();
        return condition;
    }

    /// <summary>Conditions by claim.</summary>
    public FrozenDictionary<string, SetCondition> ByClaim(YamlNode? node, string field, IReadOnlyCollection<string>? known)
    {
        var conditions = new Dictionary<string, SetCondition>(StringComparer.Ordinal);
        if (node is YamlMap { Entries.Count: 0 }) problems.Error(node.At, PolicyDiagnosticCode.ListEmpty, $"{field} is empty");
        foreach (var (key, value) in values.Entries(node, field).Select(entry => (entry.Key, entry.Value)))
        {
            if (known is not null && !known.Contains(key.Value))
                problems.Unknown(key.At, PolicyDiagnosticCode.ClaimUnlisted, key.Value, "is in no identity provider's 'policyClaims'", known);
            else if (OfMany(value, key.Value, KnownNames.Free) is { } condition) conditions[key.Value] = condition;
        }
        return conditions.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>A list of names.</summary>
    public FrozenSet<string> Names(YamlNode node, string list, KnownNames names)
    {
        var accepted = ImmutableArray.CreateBuilder<string>();
        foreach (var (name, at) in values.Texts(node, list))
        {
            if (names.Known is null || names.Known.Contains(name)) accepted.Add(name);
            else problems.Unknown(at, names.Code, name, $"is not {names.What} of the catalogue", names.Known);
        }
        return accepted.ToFrozenSet(StringComparer.Ordinal);
    }

    private FrozenSet<string>? List(YamlFields fields, string name, KnownNames names) =>
        fields.Optional(name) is { } list ? Names(list, name, names) : null;
}
