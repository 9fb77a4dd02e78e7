using System.Text.Json.Nodes;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies.Rules;

namespace IdJagBroker.Policies.Explaining;

/// <summary>An explanation, for programs.</summary>
internal static class ExplanationJson
{
    public static JsonObject Of(Explanation explanation)
    {
        var decision = explanation.Decision;
        var json = new JsonObject
        {
            ["outcome"] = decision.Allowed ? "allow" : "deny",
            ["reason"] = decision.Reason.Code(),
            ["revision"] = explanation.Revision,
            ["granted"] = new JsonObject
            {
                ["scope"] = decision.GrantedScope.ToString(), ["resources"] = Texts(decision.GrantedResources), ["lifetime_s"] = (int)decision.MaxLifetime.TotalSeconds,
            },
            ["decided_by"] = Texts(decision.RuleIds),
            ["rules"] = new JsonArray([.. explanation.Rules.Select(Rule)]),
        };
        if (decision.Nearest is { } miss) json["nearest"] = new JsonObject { ["rule"] = miss.Rule.Id, ["unmet"] = Texts(miss.Unmet.Words()) };
        if (explanation.Fix is { } fix) json["nearest_fix"] = fix;
        if (explanation.Challenge is { } challenge) json["challenge"] = Challenge(challenge);
        if (decision.Shadow is { } shadow)
            json["shadow"] = new JsonObject { ["outcome"] = shadow.Allowed ? "allow" : "deny", ["reason"] = shadow.Reason.Code(), ["scope"] = shadow.Scope.ToString(), ["rules"] = Texts(shadow.RuleIds) };
        return json;
    }

    private static JsonObject Rule(RuleEvaluation rule) => new()
    {
        ["id"] = rule.Id,
        ["file"] = rule.Rule.File,
        ["line"] = rule.Rule.Line,
        ["why"] = rule.Rule.Why,
        ["effect"] = rule.Rule.Effect is PolicyEffect.Allow ? "allow" : "deny",
        ["mode"] = rule.Rule.Mode is PolicyMode.Shadow ? "shadow" : "enforce",
        ["fit"] = rule.Fit,
        ["match"] = rule.Match,
        ["conditions"] = new JsonArray([.. rule.Conditions.Select(condition => new JsonObject
        {
            ["path"] = condition.Path, ["have"] = condition.Have, ["need"] = condition.Need, ["holds"] = condition.Holds,
        })]),
    };

    private static JsonObject Challenge(SignInChallenge challenge)
    {
        var json = new JsonObject { ["error"] = SignInChallenge.InsufficientUserAuthentication };
        if (!challenge.Acr.IsEmpty) json["acr_values"] = string.Join(' ', challenge.Acr);
        if (!challenge.Amr.IsEmpty) json["amr"] = Texts(challenge.Amr);
        if (challenge.MaxAge is { } age) json["max_age"] = age;
        return json;
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
}
