namespace IdJagBroker.Policies;

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

    /// <summary>The smallest ceiling that a document states, or the default.</summary>
    public TimeSpan Ceiling => _ceiling ?? PolicySnapshot.DefaultCeiling;

    public void Parse(YamlFields document)
    {
        DocumentMetadata.Parse(document, _values);
        if (document.Optional("limits") is { } limits && Lifetime(limits) is { } ceiling)
            _ceiling = _ceiling is { } other && other < ceiling.Value ? other : ceiling.Value;
        var rules = document.Optional("rules");
        document.End();
        if (rules is null) return;
        foreach (var node in _values.Items(rules, "rules", MaxRules))
            if (_values.Fields(node, "a rule") is { } fields) ParseRule(fields);
    }

    /// <summary>Warns of limits that the ceiling makes meaningless; after the last document.</summary>
    public void WarnOfCeiling()
    {
        foreach (var (limit, rule) in _limits)
            if (limit.Value > Ceiling)
                problems.Warning(limit.At, PolicyDiagnosticCode.LifetimeOverCeiling,
                    $"{rule} is limited to the ceiling of {YamlValues.Format(Ceiling)} all the same");
    }

    private void ParseRule(YamlFields fields)
    {
        var id = Id(fields.Required("id"));
        var limit = fields.Optional("limits") is { } limits ? Lifetime(limits) : null;
        var rule = new RuleParser(problems, _values, names).Parse(fields, id ?? "?");
        fields.End();
        if (limit is { } own) _limits.Add((own, id ?? "this rule"));
        if (rule is not null) Rules.Add(rule with { MaxTokenLifetime = limit?.Value });
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

    private Placed<TimeSpan>? Lifetime(YamlNode node)
    {
        if (_values.Fields(node, "limits") is not { } fields) return null;
        var value = fields.Required("maxTokenLifetime");
        fields.End();
        return _values.Duration(value, "maxTokenLifetime", PolicySnapshot.MinLifetime, PolicySnapshot.MaxLifetime) is { } lifetime
            ? new Placed<TimeSpan>(lifetime, value!.At) : null;
    }
}
