using System.Text;
using IdJagBroker.Audit;
using IdJagBroker.PastDecisions;
using IdJagBroker.Policies;
using IdJagBroker.Tests.Policies;

namespace IdJagBroker.Tests.PastDecisions;

/// <summary>What is known of a line of the log, what is not, and that nothing is guessed.</summary>
public sealed class ReplayTests
{
    private static readonly FactHashes Hashes = new(new byte[32]);
    private static readonly string Catalog = Acme.Catalog.Replace("groupsClaim: groups}", "groupsClaim: groups, policyClaims: [dept]}", StringComparison.Ordinal);

    private static RecordedDecision Line(string outcome = "issued", string facts = "", string groups = "eng", string rest = "", FactHashes? hashes = null)
    {
        hashes ??= Hashes;
        var hashed = string.Join(',', groups.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(group => $"\"{hashes.OfGroup("okta", "00g-" + group)}\""));
        return RecordedDecision.Read(Encoding.UTF8.GetBytes(
            $$$"""
            {"client":"claude","data":{"claims":{"scope":"doc:read"},"facts":{"auth_age_s":60{{{facts}}},"groups_h":[{{{hashed}}}],"hash_key":"{{{hashes.KeyId}}}","upstream":"okta"}{{{rest}}},"request":{"resource":["https://wiki.acme.example/mcp"],"scope":"doc:read"}},"id":"01a1fcbb-e4db-7f5c-a949-7d5043154c18","ip_net":"203.0.113.0/24","occurred_at":"2026-11-18T09:00:00.000000Z","outcome":"ok","policy_rev":"sha256:x","reason":"NO_RULE_MATCHED","resource":["https://wiki.acme.example/mcp"],"subject_key":"s_1","type":"idjag.{{{outcome}}}"}
            """))!;
    }

    private static ReplayOutcome? Of(string rules, RecordedDecision past, params string[] recordedClaims) =>
        Replay.Of(new RevisionReader(Acme.Snapshot(rules, Catalog), Hashes, NamedPeople.None), past, recordedClaims, out _);

    [Fact]
    public void Comes_out_as_the_rules_say_now()
    {
        Assert.Null(Of(Acme.Rule, Line()));
        Assert.Equal(ReplayOutcome.Lost, Of(Acme.Rule, Line(groups: "fin")));
        Assert.Equal(ReplayOutcome.Gained, Of(Acme.Rule, Line("denied")));
        Assert.Null(Of(Acme.Rule, Line("denied", groups: "fin")));
        Assert.Equal(ReplayOutcome.Lost, Of(Acme.Rule, Line(facts: ",\"groups\":\"overage\"")));
        Assert.Equal(ReplayOutcome.Lost, Of(Acme.Rule.Replace("claude, vscode", "vscode", StringComparison.Ordinal), Line()));
        // Refused afterwards by something else than the policy: the policy had granted it.
        Assert.Null(Of(Acme.Rule, RecordedDecision.Read(Encoding.UTF8.GetBytes("""{"client":"claude","data":{"facts":{"auth_age_s":60,"groups_h":["GH"],"hash_key":"KEY","upstream":"okta"},"request":{"resource":["https://wiki.acme.example/mcp"],"scope":"doc:read"}},"reason":"LOCKED","type":"idjag.denied"}"""
            .Replace("GH", Hashes.OfGroup("okta", "00g-eng"), StringComparison.Ordinal).Replace("KEY", Hashes.KeyId, StringComparison.Ordinal)))!));
    }

    [Fact]
    public void Says_unknown_only_where_it_makes_a_difference()
    {
        var near = Acme.Rule + "    require: {network: {cidrAnyOf: [\"203.0.113.7/32\"]}}\n";
        Assert.Equal(ReplayOutcome.Unknown, Of(near, Line()));
        Assert.Equal(ReplayOutcome.Lost, Of(near, Line(groups: "fin")));                                                                                         // the group alone decides
        Assert.Null(Of(near.Replace("203.0.113.7/32", "203.0.0.0/16", StringComparison.Ordinal), Line()));                                                        // all of what is kept is inside
        Assert.Equal(ReplayOutcome.Lost, Of(near.Replace("203.0.113.7/32", "10.0.0.0/8", StringComparison.Ordinal), Line()));                                     // or outside
        var claim = Acme.Rule.Replace("{groups: {anyOf: [eng]}}", "{claims: {dept: {anyOf: [ops]}}}", StringComparison.Ordinal);
        Assert.Equal(ReplayOutcome.Unknown, Of(claim, Line()));                                                                                                   // nobody listed it then
        Assert.Equal(ReplayOutcome.Lost, Of(claim, Line(), "dept"));                                                                                              // it was listed, and the token had none
        Assert.Null(Of(claim, Line(facts: $",\"claims_h\":{{\"dept\":[\"{Hashes.OfClaim("dept", "ops")}\"]}}")));
        Assert.Equal(ReplayOutcome.Lost, Of(claim, Line(facts: $",\"claims_h\":{{\"dept\":[\"{Hashes.OfClaim("dept", "hr")}\"]}}")));
    }

    [Fact]
    public void Does_not_take_hashes_by_another_key_for_no_groups()
    {
        var other = Line(hashes: new FactHashes([1, .. new byte[31]]));
        Assert.Equal(ReplayOutcome.Unknown, Of(Acme.Rule, other));
        Assert.Null(Of(Acme.Rule.Replace("{groups: {anyOf: [eng]}}", "{everyone: true}", StringComparison.Ordinal), other));
    }

    [Fact]
    public void Passes_over_what_never_came_to_the_policy()
    {
        Assert.Null(RecordedDecision.Read("""{"type":"key.created"}"""u8));
        Assert.False(RecordedDecision.Read("""{"client":"claude","data":{"facts":{"dpop":false}},"reason":"REQ_SUBJECT_TOKEN","type":"idjag.denied"}"""u8)!.IsOfPolicy);
    }
}
