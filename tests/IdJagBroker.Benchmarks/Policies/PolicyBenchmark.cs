using System.Diagnostics;
using System.Globalization;
using System.Text;
using IdJagBroker.Audit;
using IdJagBroker.PastDecisions;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Analysis;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol;

namespace IdJagBroker.Benchmarks.Policies;

/// <summary>
/// What a large policy costs: one decision among 1,000 rules, matrix and diff of 200 clients, 200 resources and 50 groups, reading it all, and deciding recorded decisions
/// once more. All on one thread, of texts that are made here.
/// </summary>
internal static class PolicyBenchmark
{
    private const int Decisions = 200_000;

    public static void Print()
    {
        var texts = Texts(changed: false);
        var snapshot = Time("read and check 1,000 rules, 200 clients, 200 resources", () => Parse(texts));
        var other = Parse(Texts(changed: true));
        Decide(snapshot);
        Time("matrix", () => AccessMatrix.Of(snapshot));
        var changes = Time("diff, every rule changed", () => PolicyDiff.Of(snapshot, other));
        Console.WriteLine($"  {changes.Count} changes, of which {changes.Count(change => change.Kind is AccessChangeKind.Unknown)} unknown");
        var few = Time("diff, one rule changed", () => PolicyDiff.Of(snapshot, Parse(Texts(changed: false, one: true))));
        Console.WriteLine($"  {few.Count} changes, reading included");
        ReplayLines(snapshot);
    }

    private static void Decide(PolicySnapshot snapshot)
    {
        var inputs = Enumerable.Range(0, 512).Select(Input).ToArray();
        foreach (var input in Enumerable.Range(0, 40).SelectMany(_ => inputs)) PolicyEngine.Decide(snapshot, input);
        var ticks = new long[Decisions];
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Decisions; i++)
        {
            var start = Stopwatch.GetTimestamp();
            PolicyEngine.Decide(snapshot, inputs[i & 511]);
            ticks[i] = Stopwatch.GetTimestamp() - start;
        }
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Array.Sort(ticks);
        string At(double share) => (ticks[(int)(share * (Decisions - 1))] * 1_000_000.0 / Stopwatch.Frequency).ToString("F1", CultureInfo.InvariantCulture);
        var granted = inputs.Count(input => PolicyEngine.Decide(snapshot, input).Allowed);
        Console.WriteLine($"one decision among 1,000 rules: median {At(0.5)} µs, p99 {At(0.99)} µs, p99.9 {At(0.999)} µs; {allocated / Decisions} B each; {granted} of 512 granted");
    }

    private static void ReplayLines(PolicySnapshot snapshot)
    {
        var hashes = new FactHashes(new byte[32]);
        var revision = new RevisionReader(snapshot, hashes, NamedPeople.None);
        var words = new LogWords();
        var lines = Enumerable.Range(0, 1024).Select(i => Line(snapshot, hashes, i)).ToArray();
        for (var warm = 0; warm < 20; warm++) foreach (var line in lines) Once(line);
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < Decisions; i++) Once(lines[i & 1023]);
        Console.WriteLine($"replay, from the line of the log: {Decisions / Stopwatch.GetElapsedTime(started).TotalSeconds:N0} decisions/s");

        void Once(byte[] line)
        {
            if (RecordedDecision.Read(line, words) is not { IsOfPolicy: true } past) throw new InvalidOperationException("The line is none.");
            Replay.Of(revision, past, [], out _);
        }
    }

    private static T Time<T>(string what, Func<T> work)
    {
        work();
        var best = TimeSpan.MaxValue;
        T result = default!;
        for (var i = 0; i < 5; i++)
        {
            var started = Stopwatch.GetTimestamp();
            result = work();
            if (Stopwatch.GetElapsedTime(started) is var took && took < best) best = took;
        }
        Console.WriteLine($"{what}: {best.TotalMilliseconds:N0} ms");
        return result;
    }

    private static PolicySnapshot Parse(IEnumerable<PolicySource> sources)
    {
        var problems = new PolicyDiagnostics();
        return PolicyParser.Parse([.. sources], "policies", allowLoopbackHttp: false, problems) ?? throw new InvalidOperationException(PolicyDiagnosticText.Render(problems.Sorted()));
    }

    // Every other one is what some rule grants.
    private static PolicyInput Input(int i) => new()
    {
        ClientAlias = i % 2 is 0 ? $"c{i * 7 % 200}" : $"c{i % 200}", Subject = $"okta|00u-{i}", GroupsComplete = true,
        Groups = i % 2 is 0 ? Enumerable.Range(0, i % 6).Select(n => $"g{(i + (n * 11)) % 50}").ToHashSet(StringComparer.Ordinal) : new HashSet<string>(StringComparer.Ordinal) { $"g{i % 50}", $"g{(i + 7) % 50}" },
        ResourceAliases = [$"r{i % 200}"], ResourceNamed = true, Scope = ScopeSet.Of(["read", "write"]), Acr = ["phr"], Amr = ["mfa"], SignInAge = TimeSpan.FromMinutes(5), At = DateTimeOffset.UnixEpoch.AddYears(56),
    };

    // 200 clients, 200 resources at 20 servers, 50 groups; of 1,000 rules nine in ten allow.
    private static PolicySource[] Texts(bool changed, bool one = false)
    {
        var catalog = new StringBuilder("apiVersion: broker/v1\nkind: Catalog\nmetadata: {name: large, owner: o@x.example}\nidps:\n  okta: {issuer: \"https://x.okta.com\", groupsClaim: groups}\ngroups:\n");
        for (var g = 0; g < 50; g++) catalog.Append($"  g{g}: {{idp: okta, id: id-{g}}}\n");
        catalog.Append("clients:\n");
        for (var c = 0; c < 200; c++) catalog.Append($"  c{c}: {{clientIds: [id-{c}], auth: {(c % 3 is 0 ? "client_secret" : "private_key_jwt")}, trust: {(c % 10 is 0 ? "internal" : "vendor")}}}\n");
        catalog.Append("authorizationServers:\n");
        for (var s = 0; s < 20; s++) catalog.Append($"  s{s}: {{issuer: \"https://as{s}.example\", clientIds: {{{string.Join(", ", Enumerable.Range(0, 200).Select(c => $"c{c}: x{c}"))}}}}}\n");
        catalog.Append("resources:\n");
        for (var r = 0; r < 200; r++) catalog.Append($"  r{r}: {{as: s{r % 20}, uri: \"https://r{r}.example/\", scopes: [read, write, admin], tags: [t{r % 7}]}}\n");
        var rules = new StringBuilder("apiVersion: broker/v1\nkind: Policy\nmetadata: {name: rules, owner: o@x.example}\nrules:\n");
        for (var i = 0; i < 1000; i++)
        {
            var group = (i + (changed || (one && i is 501) ? 1 : 0)) % 50;
            rules.Append(i % 10 is 0
                ? $"  - {{id: d{i}, effect: deny, why: w, who: {{groups: {{anyOf: [g{group}]}}}}, client: {{trust: [vendor]}}, target: {{tags: {{anyOf: [t{i / 10 % 7}]}}}}, scopes: [\"*min\"]}}\n"
                : $"  - {{id: a{i}, effect: allow, why: w, who: {{groups: {{anyOf: [g{group}, g{(group + 13) % 50}], noneOf: [g{(group + 29) % 50}]}}}}, client: {{ids: [c{i % 200}, c{(i + 57) % 200}, c{(i + 111) % 200}]}}, grant: {{r{i % 200}: [read], r{(i * 3) % 200}: [read, write]}}, require: {{auth: {{amrAnyOf: [mfa], maxAge: 4h}}}}}}\n");
        }
        return [new PolicySource("00-catalog.yaml", "00-catalog.yaml", catalog.ToString()), new PolicySource("10-rules.yaml", "10-rules.yaml", rules.ToString())];
    }

    private static byte[] Line(PolicySnapshot snapshot, FactHashes hashes, int i)
    {
        var input = Input(i);
        var groups = string.Join(',', input.Groups.Select(group => $"\"{hashes.OfGroup("okta", snapshot.Catalog.Groups[group].Id)}\"").Order(StringComparer.Ordinal));
        return Encoding.UTF8.GetBytes(
            $$$"""
            {"actor":{"key":"{{{input.ClientAlias}}}","kind":"client"},"authserver":"https://as{{{i % 20}}}.example","client":"{{{input.ClientAlias}}}","data":{"error":"access_denied","facts":{"acr":"phr","amr":["mfa"],"auth_age_s":300,"auth_time":1795241630,"client_auth":"private_key_jwt","dpop":false,"groups_h":[{{{groups}}}],"hash_key":"{{{hashes.KeyId}}}","resource_named":true,"upstream":"okta"},"request":{"audience":"https://as{{{i % 20}}}.example","resource":["https://r{{{i % 200}}}.example/"],"scope":"read write"}},"id":"{{{Guid.CreateVersion7()}}}","ip_net":"203.0.113.0/24","log":"x/audit","node":"n","occurred_at":"2026-11-28T14:05:06.123456Z","outcome":"denied","policy_rev":"{{{snapshot.Revision}}}","reason":"NO_RULE_MATCHED","recorded_at":"2026-11-28T14:05:06.173456Z","resource":["https://r{{{i % 200}}}.example/"],"schema":"audit/1","seq":{{{i}}},"subject_key":"s_j9IqaknybX98FSWQeo-30A","type":"idjag.denied","user_agent":"agent/1.0","v":1}
            """);
    }
}
