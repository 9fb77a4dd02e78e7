using System.Collections.Frozen;
using System.Collections.Immutable;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Rules;

/// <summary>Reads one rule. What a rule does not say is never guessed wider than it reads.</summary>
internal sealed class RuleParser(PolicyDiagnostics problems, YamlValues values, CatalogNames? names)
{
    /// <summary>The most words of <c>notify</c>.</summary>
    public const int MaxNotified = 16;

    /// <summary>The words of <c>effect</c>.</summary>
    public static readonly ImmutableArray<(string, PolicyEffect)> Effects = [("allow", PolicyEffect.Allow), ("deny", PolicyEffect.Deny)];

    /// <summary>The words of <c>mode</c>.</summary>
    public static readonly ImmutableArray<(string, PolicyMode)> Modes = [("enforce", PolicyMode.Enforce), ("shadow", PolicyMode.Shadow)];

    /// <summary>The words of <c>recordLevel</c>.</summary>
    public static readonly ImmutableArray<(string, PolicyRecordLevel)> RecordLevels = [("normal", PolicyRecordLevel.Normal), ("full", PolicyRecordLevel.Full)];

    private readonly SetConditionParser _sets = new(problems, values);
    private readonly WindowParser _windows = new(problems, values);

    private WhoParser People => field ??= new(problems, values, _sets, names);

    private TargetParser Targets => field ??= new(problems, values, _sets, names);

    private RequirementParser Requirements => field ??= new(problems, values, _sets, names);

    /// <summary>The rule without its limits, or null with the reasons reported.</summary>
    public PolicyRule? Parse(YamlFields fields, string id)
    {
        var effect = values.Word(fields.Required("effect"), "effect", Effects);
        var why = fields.Required("why") is { } reason ? values.Text(reason, "why") : null;
        var rule = new PolicyRule
        {
            Id = id, Effect = effect ?? PolicyEffect.Deny, Why = why ?? "", File = fields.At.Source.Name, Line = fields.At.Line,
            Mode = values.Word(fields.Optional("mode"), "mode", Modes) ?? PolicyMode.Enforce,
            Who = People.Parse(effect is PolicyEffect.Allow ? fields.Required("who") : fields.Optional("who")),
            Client = Client(effect is PolicyEffect.Allow ? fields.Required("client") : fields.Optional("client")),
            During = _windows.Hours(fields.Optional("during")),
            Validity = _windows.Validity(fields.Optional("validity")),
            RecordLevel = values.Word(fields.Optional("recordLevel"), "recordLevel", RecordLevels) ?? PolicyRecordLevel.Normal,
        };
        if (effect is PolicyEffect.Allow) rule = AllowOnly(rule, fields);
        if (effect is PolicyEffect.Deny) rule = DenyOnly(rule, fields);
        if (effect is null) Skip(fields);
        return effect is null ? null : rule;
    }

    private PolicyRule AllowOnly(PolicyRule rule, YamlFields fields)
    {
        fields.Refuse("target", "is for deny rules; an allow rule says where in 'grant'");
        fields.Refuse("scopes", "is for deny rules; an allow rule has its scopes in 'grant'");
        fields.Refuse("unless", "is for deny rules; an allow rule says what it asks for in 'require'");
        rule = rule with
        {
            Grant = Targets.Grant(fields.Required("grant")).ToFrozenDictionary(StringComparer.Ordinal),
            Requirement = Requirements.Parse(fields.Optional("require"), "require"),
            Claims = [.. CopiedClaimsParser.Parse(fields.Optional("claims"), values, problems)],
            Notify = [.. values.Texts(fields.Optional("notify"), "notify", MaxNotified).Select(target => target.Value)],
        };
        return fields.Optional("emergency") is { } emergency ? Emergency(rule, emergency) : rule;
    }

    private PolicyRule DenyOnly(PolicyRule rule, YamlFields fields)
    {
        fields.Refuse("grant", "is for allow rules");
        fields.Refuse("limits", "is for allow rules: a deny rule contributes to no token");
        fields.Refuse("require", "is for allow rules; a deny rule says what it does not apply to in 'unless'");
        fields.Refuse("emergency", "is for allow rules");
        fields.Refuse("claims", "is for allow rules: a deny rule contributes to no token");
        fields.Refuse("notify", "is for allow rules");
        var before = problems.Errors;
        var target = Targets.Target(fields.Optional("target"));
        var reachIsKnown = names is not null && problems.Errors == before;
        if (!fields.Has("who") && !fields.Has("client") && !fields.Has("target"))
            problems.Error(fields.At, PolicyDiagnosticCode.RuleTooBroad,
                "this would deny everybody everything; if that is meant, say who: {everyone: true}");
        return rule with
        {
            Target = target,
            Scopes = Targets.Patterns(fields.Optional("scopes"), target, reachIsKnown),
            Requirement = Requirements.Parse(fields.Optional("unless"), "unless"),
        };
    }

    // An exception that nobody ends is the rule: it ends by itself, within hours, and says what for.
    private PolicyRule Emergency(PolicyRule rule, YamlNode node)
    {
        if (!values.Flag(node, "emergency", true)) problems.Error(node.At, PolicyDiagnosticCode.ValueInvalid, "'emergency' can only be true; leave it out otherwise");
        if (rule.Validity is not { From: { } from, Until: { } until, Ticket: not null } || until - from > PolicyValidity.MaxEmergency)
            problems.Error(node.At, PolicyDiagnosticCode.EmergencyUnbounded,
                $"an emergency rule needs validity with from, until and ticket, {YamlValues.Format(PolicyValidity.MaxEmergency)} at most");
        return rule with { Emergency = true };
    }

    // Without a valid effect nobody knows which fields belong; they are not called unknown on top of it.
    private static void Skip(YamlFields fields)
    {
        foreach (var name in (string[])["grant", "target", "scopes", "limits", "require", "unless", "emergency", "claims", "notify"]) fields.Optional(name);
    }

    private PolicyClients? Client(YamlNode? node)
    {
        if (node is null || values.Fields(node, "client") is not { } fields) return null;
        var every = fields.Optional("every");
        var clients = new PolicyClients
        {
            Every = every is not null,
            Ids = _sets.OfOne(fields.Optional("ids"), "ids", new("a client", names?.Clients, PolicyDiagnosticCode.ClientUnknown)),
            Trust = _sets.OfOne(fields.Optional("trust"), "trust", new("a trust class", PolicyClients.TrustWords, PolicyDiagnosticCode.WordUnknown)),
            Auth = _sets.OfOne(fields.Optional("auth"), "auth", new("a way to authenticate", PolicyClients.AuthWords, PolicyDiagnosticCode.WordUnknown)),
        };
        fields.End();
        var others = fields.Has("ids") || fields.Has("trust") || fields.Has("auth");
        if (every is null && !others) problems.Error(node.At, PolicyDiagnosticCode.FieldMissing, "'client' needs ids, trust, auth, or every: true");
        if (every is null) return clients;
        if (!values.Flag(every, "every", true)) problems.Error(every.At, PolicyDiagnosticCode.ValueInvalid, "'every' can only be true; leave it out otherwise");
        if (others) problems.Error(fields.KeyAt("every"), PolicyDiagnosticCode.FieldNotApplicable, "'every' leaves no room for another condition");
        return clients;
    }
}
