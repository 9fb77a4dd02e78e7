using System.Diagnostics;
using System.Globalization;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Testing;

namespace IdJagBroker.Benchmarks.Policies;

/// <summary>What <c>idjag policy test</c> does, but for starting the process: many tests against many rules, from the files to the report.</summary>
internal static class TestsLoad
{
    private const int Names = 20;
    private const int Rounds = 10;

    public static void Print(int rules, int tests)
    {
        var directory = Directory.CreateTempSubdirectory("idjag-tests-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(directory, "00-catalog.yaml"), Catalog());
            File.WriteAllText(Path.Combine(directory, "10-rules.yaml"), Rules(rules));
            File.WriteAllText(Path.Combine(directory, "all_test.yaml"), Tests(tests));
            var (first, best, running) = (TimeSpan.Zero, TimeSpan.MaxValue, TimeSpan.MaxValue);
            for (var round = 0; round < Rounds; round++)
            {
                var (before, load) = (Cpu(), PolicyFiles.LoadTests(directory, allowLoopbackHttp: false));
                var loaded = Cpu();
                var report = PolicyTestRunner.Run(load.Snapshot!, load.Documents);
                var (all, run) = (Cpu() - before, Cpu() - loaded);
                if (!report.Passed || report.Tests.Count() != tests) throw new InvalidOperationException(report.Summary);
                if (round is 0) first = all;
                (best, running) = (all < best ? all : best, run < running ? run : running);
            }
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{tests} tests against {rules} rules: {first.TotalMilliseconds:F0} ms CPU the first time, {best.TotalMilliseconds:F0} ms the best of {Rounds}, of which {running.TotalMilliseconds:F0} ms after the files were read"));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static TimeSpan Cpu() => Process.GetCurrentProcess().TotalProcessorTime;

    private static string Each(int count, Func<int, string> line) => string.Concat(Enumerable.Range(0, count).Select(i => line(i) + "\n"));

    private static string Catalog() => $$"""
        apiVersion: broker/v1
        kind: Catalog
        metadata: {name: load, owner: x@acme.example}
        idps:
          okta: {issuer: "https://acme.okta.com", groupsClaim: groups}
        groups:
        {{Each(Names, i => $"  g{i}: {{idp: okta, id: id-{i}}}")}}
        clients:
        {{Each(Names, i => $"  c{i}: {{clientIds: [id-c{i}], auth: private_key_jwt}}")}}
        authorizationServers:
          as: {issuer: "https://as.acme.example"}
        resources:
        {{Each(Names, i => $"  m{i}: {{as: as, uri: \"https://m{i}.acme.example/\", scopes: [\"a:read\", \"a:write\", \"b:read\", \"b:write\"], tags: [t{i % 4}]}}")}}
        """;

    // One in ten denies. Of each person's rules those that grant are two in forty.
    private static string Rules(int count) => "apiVersion: broker/v1\nkind: Policy\nmetadata: {name: load, owner: x@acme.example}\nrules:\n" + Each(count, i => i % 10 is 9
        ? $"  - {{id: r{i}, effect: deny, why: w, who: {{groups: {{anyOf: [g{i % Names}]}}}}, client: {{trust: [internal]}}, target: {{tags: {{anyOf: [t{i % 4}]}}}}, scopes: [\"*:write\"]}}"
        : $"  - {{id: r{i}, effect: allow, why: w, who: {{groups: {{anyOf: [g{i % Names}], noneOf: [g{(i + 7) % Names}]}}}}, client: {{ids: [c{i % Names}, c{(i + 1) % Names}]}}, grant: {{m{i % Names}: [\"a:read\", \"b:read\"]}}, require: {{auth: {{acrAnyOf: [phr], maxAge: 4h}}}}}}");

    private static string Tests(int count) => "apiVersion: broker/v1\nkind: Tests\nmetadata: {name: load}\nnow: 2026-11-18T09:00:00Z\nsubjects:\n"
        + Each(Names, i => $"  p{i}: {{sub: \"okta|p{i}\", groups: [g{i}], acr: phr, amr: [hwk], authAge: 10m}}") + "tests:\n"
        + Each(count, i => i % 10 is 9 ? $"  - {{name: t{i}, ask: {{subject: p{i % Names}, client: c{i % Names}, resource: m{(i + 3) % Names}, scopes: [\"a:read\"]}}, expect: {{outcome: deny, reason: NO_RULE_MATCHED}}}}"
            : $"  - {{name: t{i}, ask: {{subject: p{i % Names}, client: c{i % Names}, resource: m{i % Names}, scopes: [\"a:read\", \"a:write\"]}}, expect: {{outcome: allow, scopes: [\"a:read\"], lifetime: 5m}}}}");
}
