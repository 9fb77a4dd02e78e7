using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies.Testing;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.LiveTests;

/// <summary>
/// Runs the tests that are marked <c>live: true</c> on the policy that decides, with the groups that their people really have instead of those that the
/// files say. Everything else of a test is as written, its time too: what it finds is that somebody's groups changed.
/// </summary>
internal sealed class LiveTestRun(ActivePolicy policy, Membership members, BrokerSettings settings, TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <param name="tests">The files.</param>
    /// <param name="patience">How long it waits altogether for directories that want to be left alone.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<LiveTestReport> RunAsync(IEnumerable<PolicySource> tests, TimeSpan patience, CancellationToken ct)
    {
        var (now, current) = (clock.GetUtcNow(), policy.Current);
        var (problems, documents) = (new PolicyDiagnostics(), new List<TestDocument>());
        var snapshot = PolicyParser.Parse([.. current.Sources, .. tests.Where(source => source.IsNamedAsTest)], "policy", settings.AllowLoopbackHttp, problems, documents);
        if (snapshot is null) return new LiveTestReport(now, current.Revision, [], [.. problems.Sorted().Where(problem => problem.Severity is PolicySeverity.Error)]);
        var results = new List<LiveTestResult>();
        var known = new Dictionary<string, Member>(StringComparer.Ordinal);
        foreach (var (document, test) in documents.SelectMany(document => document.Tests.Where(test => test.Live), (document, test) => (document, test)))
        {
            var person = test.Ask.Subject.Sub!;         // the parser saw to it
            if (!known.TryGetValue(person, out var member))
            {
                member = await members.OfAsync(snapshot.Catalog, person, ct);
                while (member.State is MemberState.Unanswered && (member.RetryAfter ?? Pause) is var pause && pause <= patience)
                {
                    await Task.Delay(pause, clock, ct);
                    patience -= pause;
                    member = await members.OfAsync(snapshot.Catalog, person, ct);
                }
                known.Add(person, member);
            }
            results.Add(new LiveTestResult(test, document.File, member, member.State is MemberState.Known ? Decide(snapshot, test, member) : null));
        }
        return new LiveTestReport(now, current.Revision, results, []);
    }

    private static PolicyTestResult Decide(PolicySnapshot snapshot, PolicyTest test, Member member)
    {
        var input = test.Ask.At(test.Now) with { Groups = member.Groups, GroupsComplete = true };
        var decision = PolicyEngine.Decide(snapshot, input);
        return new PolicyTestResult(test, decision, Comparison.Of(test.Expect, decision, input));
    }
}
