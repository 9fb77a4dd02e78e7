using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Rules;

/// <summary>Reads a <c>kind: Policy</c> document.</summary>
/// <param name="problems">Where faults go.</param>
/// <param name="names">What may be referred to; null if no catalogue could be read, and then references are not checked.</param>
internal sealed class PolicyDocumentParser(PolicyDiagnostics problems, CatalogNames? names)
{
    /// <summary>The most rules of one document.</summary>
    public const int MaxRules = 10_000;

    private readonly YamlValues _values = new(problems);
    private readonly Dictionary<string, SourceSpan> _ids = new(StringComparer.Ordinal);
    private readonly List<(Placed<TimeSpan> Limit, string Rule)> _limits = [];
    private TimeSpan? _ceiling;

    /// <summary>The rules of all documents so far.</summary>
    public List<PolicyRule> Rules { get; } = [];

    /// <summary>The ids of all rules so far, those of faulty ones too.</summary>
    public IReadOnlyCollection<string> Ids => _ids.Keys;

    /// <summary>The smallest ceiling that a document states, or the default.</summary>
    public TimeSpan Ceiling => _ceiling ?? PolicySnapshot.DefaultCeiling;

    public void Parse(YamlFields document)
    {
        var owner = DocumentMetadata.Parse(document, _values)?.Owner ?? "";
        if (document.Optional("limits") is { } limits && CeilingOf(limits) is { } ceiling)
            _ceiling = _ceiling is { } other && other < ceiling.Value ? other : ceiling.Value;
        var rules = document.Optional("rules");
        document.End();
        if (rules is null) return;
        foreach (var node in _values.Items(rules, "rules", MaxRules))
            if (_values.Fields(node, "a rule") is { } fields) ParseRule(fields, owner);
    }

    /// <summary>Warns of limits that the ceiling makes meaningless; after the last document.</summary>
    public void WarnOfCeiling()
    {
        foreach (var (limit, rule) in _limits)
            if (limit.Value > Ceiling)
                problems.Warning(limit.At, PolicyDiagnosticCode.LifetimeOverCeiling,
                    $"{rule} is limited to the ceiling of {YamlValues.Format(Ceiling)} all the same");
    }

    private void ParseRule(YamlFields fields, string owner)
    {
        var id = Id(fields.Required("id"));
        var limits = fields.Optional("limits") is { } written ? Limits(written) : default;
        var rule = new RuleParser(problems, _values, names).Parse(fields, id ?? "?");
        fields.End();
        if (limits.Lifetime is { } own) _limits.Add((own, id ?? "this rule"));
        if (rule is not null) Rules.Add(rule with { Owner = owner, MaxTokenLifetime = limits.Lifetime?.Value, RatePerSubject = limits.Rate });
    }

    private string? Id(YamlNode? node)
    {
        if (node is null || _values.Text(node, "id") is not { } id || !_values.IsAlias((YamlScalar)node, "the id of a rule")) return null;
        if (_ids.TryAdd(id, node.At)) return id;
        var first = _ids[id];
        problems.Error(node.At, PolicyDiagnosticCode.RuleDuplicate,
            $"{PolicyDiagnostics.Quote(id)} is already the id of a rule in {first.Source.DisplayName}:{first.Line}");
        return null;
    }

    private (Placed<TimeSpan>? Lifetime, PolicyRate? Rate) Limits(YamlNode node)
    {
        if (_values.Fields(node, "limits") is not { } fields) return default;
        var limits = (Lifetime(fields.Optional("maxTokenLifetime")), Rate(fields.Optional("ratePerSubject")));
        if (!fields.Has("maxTokenLifetime") && !fields.Has("ratePerSubject"))
            problems.Error(node.At, PolicyDiagnosticCode.FieldMissing, "'limits' needs maxTokenLifetime or ratePerSubject");
        fields.End();
        return limits;
    }

    private Placed<TimeSpan>? CeilingOf(YamlNode node)
    {
        if (_values.Fields(node, "limits") is not { } fields) return null;
        var ceiling = Lifetime(fields.Required("maxTokenLifetime"));
        fields.Refuse("ratePerSubject", "is for a rule: a rate of all rules together is the service's own setting");
        fields.End();
        return ceiling;
    }

    private Placed<TimeSpan>? Lifetime(YamlNode? node) =>
        _values.Duration(node, "maxTokenLifetime", PolicySnapshot.MinLifetime, PolicySnapshot.MaxLifetime) is { } lifetime
            ? new Placed<TimeSpan>(lifetime, node!.At) : null;

    private PolicyRate? Rate(YamlNode? node)
    {
        if (node is null || _values.Text(node, "ratePerSubject") is not { } text) return null;
        if (PolicyRate.TryParse(text, out var rate)) return rate;
        problems.Error(node.At, PolicyDiagnosticCode.RateInvalid,
            $"{PolicyDiagnostics.Quote(text)} is not a rate: 1 to {PolicyRate.MaxCount}, '/', and 1s to 24h, such as 10/1m");
        return null;
    }
}
