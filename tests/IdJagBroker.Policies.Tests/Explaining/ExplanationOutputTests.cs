using System.Text.Json.Nodes;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies.Explaining;

namespace IdJagBroker.Tests.Policies.Explaining;

/// <summary>An explanation, to the letter: as programs read it, and as a person at a terminal does.</summary>
public sealed class ExplanationOutputTests
{
    private static readonly PolicySnapshot Snapshot = Acme.Snapshot("""
          - {id: fresh, effect: allow, why: Who signed in now, who: {groups: {anyOf: [eng]}}, client: {ids: [claude]}, grant: {wiki: [doc:read]}, require: {auth: {acrAnyOf: [phr], amrAnyOf: [mfa, hwk], maxAge: 1h}}}
          - {id: no, effect: deny, why: Not here, who: {groups: {anyOf: [ctr]}}, target: {resources: [code]}}
          - {id: wide, effect: allow, mode: shadow, why: For all, who: {everyone: true}, client: {every: true}, grant: {wiki: [doc:read]}}
          - {id: write, effect: allow, why: Writers, who: {groups: {anyOf: [eng]}}, client: {ids: [claude]}, grant: {code: [repo:read, repo:write]}, limits: {maxTokenLifetime: 2m}}

        """);

    private static JsonObject Json(string resource, string scope, string groups) => ExplanationJson.Of(new Explanation(Snapshot, Acme.Ask("claude", resource, scope, groups)));

    private static void IsJson(string expected, JsonObject json)
    {
        Assert.Equal(Snapshot.Revision, (string?)json["revision"]);
        var rest = json.DeepClone().AsObject();
        rest.Remove("revision");
        Assert.Equal(JsonNode.Parse(expected)!.ToJsonString(), rest.ToJsonString());
    }

    [Fact, Trait("Spec", "IDP-44"), Trait("Spec", "IDP-51")]
    public void Of_what_was_refused_has_the_nearest_rule_the_challenge_and_the_trial()
    {
        var json = Json("wiki", "doc:read", "eng");

        IsJson(
            """
            {
              "outcome": "deny", "reason": "AUTH_TOO_WEAK", "granted": {"scope": "", "resources": [], "lifetime_s": 0}, "decided_by": [],
              "rules": [
                {
                  "id": "fresh", "file": "10-rules.yaml", "line": 5, "why": "Who signed in now", "effect": "allow", "mode": "enforce", "fit": true, "match": false,
                  "conditions": [
                    {"path": "who.groups", "have": "eng", "need": "any of eng", "holds": true},
                    {"path": "client.ids", "have": "claude", "need": "any of claude", "holds": true},
                    {"path": "grant", "have": "doc:read", "need": "doc:read", "holds": true},
                    {"path": "require.auth.acrAnyOf", "have": "missing", "need": "phr", "holds": false},
                    {"path": "require.auth.amrAnyOf", "have": "missing", "need": "mfa hwk", "holds": false},
                    {"path": "require.auth.maxAge", "have": "missing", "need": "1h", "holds": false}
                  ]
                },
                {
                  "id": "wide", "file": "10-rules.yaml", "line": 7, "why": "For all", "effect": "allow", "mode": "shadow", "fit": true, "match": true,
                  "conditions": [{"path": "grant", "have": "doc:read", "need": "doc:read", "holds": true}]
                }
              ],
              "nearest": {"rule": "fresh", "unmet": ["require.auth.acr", "require.auth.amr", "require.auth.maxAge"]},
              "nearest_fix": "sign in with acr phr; sign in with mfa or hwk; sign in again (1h ago at most)",
              "challenge": {"error": "insufficient_user_authentication", "acr_values": "phr", "amr": ["mfa", "hwk"], "max_age": 3600},
              "shadow": {"outcome": "allow", "reason": "ALLOWED", "scope": "doc:read", "rules": ["wide"]}
            }
            """, json);
        Assert.Equal(
            """
            deny  AUTH_TOO_WEAK
            ✗ allow fresh  10-rules.yaml:5
                ✓ who.groups: any of eng  [eng]
                ✓ client.ids: any of claude  [claude]
                ✓ grant: doc:read  [doc:read]
                ✗ require.auth.acrAnyOf: phr  [missing]
                ✗ require.auth.amrAnyOf: mfa hwk  [missing]
                ✗ require.auth.maxAge: 1h  [missing]
            ✓ allow wide  10-rules.yaml:7  (on trial)
                ✓ grant: doc:read  [doc:read]
            to mend it: sign in with acr phr; sign in with mfa or hwk; sign in again (1h ago at most)
            the client is told: error insufficient_user_authentication, acr_values phr, amr mfa hwk, max_age 3600
            rules on trial: allow ALLOWED doc:read by wide

            """, ExplanationText.Of(json));
    }

    [Fact]
    public void Of_what_was_granted_has_the_scope_the_resources_and_for_how_long()
    {
        var json = Json("code", "repo:read repo:write", "eng");

        IsJson(
            """
            {
              "outcome": "allow", "reason": "ALLOWED", "granted": {"scope": "repo:read repo:write", "resources": ["code"], "lifetime_s": 120}, "decided_by": ["write"],
              "rules": [
                {
                  "id": "write", "file": "10-rules.yaml", "line": 8, "why": "Writers", "effect": "allow", "mode": "enforce", "fit": true, "match": true,
                  "conditions": [
                    {"path": "who.groups", "have": "eng", "need": "any of eng", "holds": true},
                    {"path": "client.ids", "have": "claude", "need": "any of claude", "holds": true},
                    {"path": "grant", "have": "repo:read repo:write", "need": "repo:read repo:write", "holds": true}
                  ]
                }
              ]
            }
            """, json);
        Assert.Equal(
            """
            allow  ALLOWED  repo:read repo:write for 120 s
            ✓ allow write  10-rules.yaml:8
                ✓ who.groups: any of eng  [eng]
                ✓ client.ids: any of claude  [claude]
                ✓ grant: repo:read repo:write  [repo:read repo:write]

            """, ExplanationText.Of(json));
    }

    [Fact]
    public void Of_what_a_rule_denied_has_that_rule()
    {
        var json = Json("code", "repo:read", "eng ctr");

        Assert.Equal(
            """
            deny  DENIED_BY_RULE
            ✓ deny no  10-rules.yaml:6
                ✓ who.groups: any of ctr  [ctr eng]
                ✓ target.resources: any of code  [code]
            ✓ allow write  10-rules.yaml:8
                ✓ who.groups: any of eng  [ctr eng]
                ✓ client.ids: any of claude  [claude]
                ✓ grant: repo:read repo:write  [repo:read]
            to mend it: change or lift no (10-rules.yaml:6)

            """, ExplanationText.Of(json));
        Assert.Equal("deny|DENIED_BY_RULE|[\"no\"]|deny|", $"{json["outcome"]}|{json["reason"]}|{json["decided_by"]!.ToJsonString()}|{json["rules"]![0]!["effect"]}|{json["nearest"]}");
    }

    [Theory]
    [InlineData("age", "the client is told: error insufficient_user_authentication, max_age 60\n", "max_age")]
    [InlineData("acr", "the client is told: error insufficient_user_authentication, acr_values phr c1\n", "acr_values")]
    [InlineData("amr", "the client is told: error insufficient_user_authentication, amr hwk\n", "amr")]
    public void Tells_of_the_sign_in_only_what_it_lacks(string rule, string line, string member)
    {
        var asked = new Dictionary<string, string> { ["age"] = "maxAge: 1m", ["acr"] = "acrAnyOf: [phr, c1]", ["amr"] = "amrAllOf: [hwk]" }[rule];
        var snapshot = Acme.Snapshot($"  - {{id: r, effect: allow, why: w, who: {{everyone: true}}, client: {{every: true}}, grant: {{wiki: [doc:read]}}, require: {{auth: {{{asked}}}}}}}\n");
        var json = ExplanationJson.Of(new Explanation(snapshot, Acme.Ask("claude", "wiki", "doc:read")));

        Assert.EndsWith(line, ExplanationText.Of(json), StringComparison.Ordinal);
        Assert.Equal(["error", member], json["challenge"]!.AsObject().Select(one => one.Key));
        Assert.Null(json["shadow"]);
    }
}
