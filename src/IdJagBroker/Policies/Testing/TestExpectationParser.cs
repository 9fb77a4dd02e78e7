using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies.Testing;

/// <summary>Reads <c>expect</c>. What no decision could be is refused: it would be a test that nobody can pass.</summary>
internal sealed class TestExpectationParser(PolicyDiagnostics problems, YamlValues values, CatalogNames? names, IReadOnlyCollection<string> rules)
{
    /// <summary>The words of <c>outcome</c>.</summary>
    public static readonly ImmutableArray<(string, bool)> Outcomes = [("allow", true), ("deny", false)];

    /// <summary>The words of <c>reason</c>.</summary>
    public static readonly FrozenDictionary<string, PolicyReason> Reasons =
        Enum.GetValues<PolicyReason>().Where(reason => reason is not PolicyReason.Allowed).ToFrozenDictionary(reason => reason.Code(), StringComparer.Ordinal);

    /// <param name="node">The value.</param>
    /// <param name="asked">What is asked for, if that could be read.</param>
    public TestExpectation? Parse(YamlNode? node, TestAsk? asked)
    {
        if (node is null || values.Fields(node, "expect") is not { } fields) return null;
        var allowed = values.Word(fields.Required("outcome"), "outcome", Outcomes);
        Suits(fields, allowed);
        var expectation = new TestExpectation
        {
            Allowed = allowed is true,
            Reason = Reason(fields.Optional("reason")),
            Scopes = Scopes(fields.Optional("scopes"), asked),
            Rules = Rules(fields.Optional("rules")),
            Lifetime = values.Duration(fields.Optional("lifetime"), "lifetime", PolicySnapshot.MinLifetime, PolicySnapshot.MaxLifetime),
            Challenge = Challenge(fields.Optional("challenge")),
            Shadow = Shadow(fields.Optional("shadow")),
        };
        fields.End();
        return allowed is null ? null : expectation;
    }

    private static void Suits(YamlFields fields, bool? allowed)
    {
        if (allowed is true)
        {
            fields.Refuse("reason", "is for outcome: deny");
            fields.Refuse("challenge", "is for outcome: deny");
        }
        if (allowed is false)
        {
            fields.Refuse("scopes", "is for outcome: allow; who is refused gets none");
            fields.Refuse("lifetime", "is for outcome: allow");
        }
    }

    private PolicyReason? Reason(YamlNode? node)
    {
        if (node is null || values.Text(node, "reason") is not { } word) return null;
        if (Reasons.TryGetValue(word, out var reason)) return reason;
        problems.Unknown(node.At, PolicyDiagnosticCode.WordUnknown, word, "is not a reason for which a policy refuses", Reasons.Keys);
        return null;
    }

    private ScopeSet? Scopes(YamlNode? node, TestAsk? asked)
    {
        if (node is null) return null;
        var scopes = new List<string>();
        foreach (var (scope, at) in values.Texts(node, "scopes", ScopeSet.MaxScopes))
        {
            if (asked is null || asked.Scope.Contains(scope)) scopes.Add(scope);
            else if (names is not null && !asked.Resources.Any(alias => names.Scopes.GetValueOrDefault(alias)?.Contains(scope) is not false))
                problems.Unknown(at, PolicyDiagnosticCode.ScopeUnknown, scope, $"is not a scope of {string.Join(" or ", asked.Resources)}", asked.Scope.Scopes);
            else problems.Error(at, PolicyDiagnosticCode.ValueInvalid, $"{PolicyDiagnostics.Quote(scope)} is not asked for: only that can be granted");
        }
        return ScopeSet.Of(scopes.Where(ScopeSet.IsScope));
    }

    private ImmutableArray<string>? Rules(YamlNode? node)
    {
        if (node is null) return null;
        var ids = new List<string>();
        foreach (var (id, at) in values.Texts(node, "rules"))
        {
            if (rules.Contains(id)) ids.Add(id);
            else problems.Unknown(at, PolicyDiagnosticCode.RuleUnknown, id, "is not a rule", rules);
        }
        return [.. ids.Order(StringComparer.Ordinal)];
    }

    private ExpectedChallenge? Challenge(YamlNode? node)
    {
        if (node is null || values.Fields(node, "challenge") is not { } fields) return null;
        string? error = null;
        if (fields.Optional("error") is { } written) error = values.Text(written, "error");
        if (error is not null && error != SignInChallenge.InsufficientUserAuthentication)
            problems.Unknown(fields.Optional("error")!.At, PolicyDiagnosticCode.WordUnknown, error, $"is not {SignInChallenge.InsufficientUserAuthentication}, the only challenge there is", [SignInChallenge.InsufficientUserAuthentication]);
        var challenge = new ExpectedChallenge(error, Texts(fields.Optional("acr"), "acr"), Texts(fields.Optional("amr"), "amr"), Seconds(fields.Optional("max_age")));
        NotEmpty(node, "challenge", "error, acr, amr or max_age");
        fields.End();
        return challenge;
    }

    private ExpectedShadow? Shadow(YamlNode? node)
    {
        if (node is null || values.Fields(node, "shadow") is not { } fields) return null;
        var allowed = values.Word(fields.Optional("outcome"), "outcome", Outcomes);
        if (allowed is true) fields.Refuse("reason", "is for outcome: deny");
        var shadow = new ExpectedShadow(allowed, Reason(fields.Optional("reason")), Rules(fields.Optional("rules")));
        NotEmpty(node, "shadow", "outcome, reason or rules");
        fields.End();
        return shadow;
    }

    private void NotEmpty(YamlNode node, string field, string what)
    {
        if (node is YamlMap { Entries.Count: 0 }) problems.Error(node.At, PolicyDiagnosticCode.FieldMissing, $"'{field}' needs {what}");
    }

    private ImmutableArray<string>? Texts(YamlNode? node, string what) => node is null ? null : [.. values.Texts(node, what).Select(text => text.Value)];

    private long? Seconds(YamlNode? node)
    {
        if (node is null) return null;
        if (node is YamlScalar { IsPlain: true } text && int.TryParse(text.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return seconds;
        if (node is not YamlRefused) problems.Error(node.At, PolicyDiagnosticCode.TypeWrong, "max_age must be a whole number of seconds");
        return null;
    }
}
