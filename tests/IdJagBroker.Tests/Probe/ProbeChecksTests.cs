using IdJagBroker.Probe;

namespace IdJagBroker.Tests.Probe;

/// <summary>Each check of the probe, over real HTTP: a server that is careless about one thing is found out by the check of that name, and by no other.</summary>
public sealed class ProbeChecksTests
{
    // What cannot be broken alone.
    private static readonly Dictionary<string, string[]> Together = new()
    {
        ["metadata.published"] = ["metadata.all-forms"],                // the place where it is missing is one of them
        ["token.no-echo"] = ["token.type"],                             // an ID-JAG has the type of one
        ["good.reuse"] = ["good.reuse-at-once"],                        // taken twice is taken twice at once
        ["bad.iss-foreign"] = ["bad.fetched"], ["bad.header-jku"] = ["bad.fetched"],
    };

    // What leaves nothing to be told of the rest has tests of its own: ProbeRunTests.
    private static readonly string[] Gates = ["good.redeem", "good.after"];

    public static TheoryData<string> Ids { get; } = [.. ProbeChecks.All.Select(check => check.Id).Except(Gates)];

    [Theory, MemberData(nameof(Ids))]
    public async Task Finds_a_server_that_is_careless_about_that_alone(string id)
    {
        await using var desk = await ProbeDesk.StartAsync(id);
        var isReuse = id.StartsWith("good.reuse", StringComparison.Ordinal);
        desk.Server.SingleUse = isReuse;
        desk.Setup = desk.Setup with { SingleUse = isReuse, Dpop = id.StartsWith("dpop.", StringComparison.Ordinal) || id is "token.binding" or "metadata.dpop-algorithms" };

        var report = await desk.RunAsync();

        string[] expected = [.. ProbeChecks.All.Select(check => check.Id).Where(one => one == id || Together.GetValueOrDefault(id, []).Contains(one))];
        Assert.True(expected.SequenceEqual(report.Faults()), report.ToTable());
        var found = report.Of(id);
        var check = ProbeChecks.All.Single(one => one.Id == id);
        var weight = check.Severity is Severity.Must && id is not "metadata.published" ? ProbeOutcome.Fail : ProbeOutcome.Warn;      // it is still to be found elsewhere
        Assert.Equal(weight, found.Outcome);
        Assert.NotEmpty(found.Note);
        Assert.Equal(report.Results.All(result => result.Verdict.Outcome is not ProbeOutcome.Fail), report.Passed);
    }

    [Theory]
    [InlineData("basic", false, false), InlineData("post", false, true), InlineData("key", true, false), InlineData("public", true, true)]
    public async Task Finds_nothing_at_a_careful_server(string method, bool dpop, bool singleUse)
    {
        await using var desk = await ProbeDesk.StartAsync();
        using var clientKey = PrivateKey.Make("client-1");
        (desk.Server.SingleUse, desk.Server.ClientKey, desk.Server.IsPublicAllowed) = (singleUse, clientKey, method is "public");
        desk.Setup = desk.Setup with
        {
            Dpop = dpop, SingleUse = singleUse, Email = "ana@acme.example", Claims = new Dictionary<string, string> { ["aud_sub"] = "4711" },
            Client = method switch
            {
                "key" => ClientProof.OfKey(CarelessServer.Client, clientKey, namesTokenEndpoint: false),
                "public" => ClientProof.None(CarelessServer.Client),
                _ => ClientProof.OfSecret(CarelessServer.Client, CarelessServer.Secret, basic: method is "basic"),
            },
        };

        var report = await desk.RunAsync();

        report.AssertFaultless();
        Assert.True(report.Passed);
        string[] skipped = [.. report.Results.Where(result => result.Verdict.Outcome is ProbeOutcome.Skipped).Select(result => result.Check.Id)];
        string[] dpopOnly = ["metadata.dpop-algorithms", "token.binding", .. ProbeChecks.All.Where(check => check.Group is "dpop").Select(check => check.Id)];
        string[] reuse = singleUse ? [] : ["good.reuse-at-once"];
        string[] ofSecrets = method is "public" ? ["bad.client-credentials", "bad.client-id-only"] : [];
        Assert.Equal(((string[])[.. dpop ? [] : dpopOnly, .. reuse, .. ofSecrets]).Order(), skipped.Order());
        Assert.Equal(singleUse ? ProbeOutcome.Pass : ProbeOutcome.Info, report.Of("good.reuse").Outcome);
    }

    [Fact]
    public void Every_check_names_its_rules_and_a_remedy_once()
    {
        Assert.Equal(ProbeChecks.All.Count, ProbeChecks.All.Select(check => check.Id).Distinct().Count());
        Assert.All(ProbeChecks.All, check => Assert.True(check.Rules.Length > 0 && check.Sent.Length > 0 && check.Fix.EndsWith('.'), check.Id));
        Assert.Equal(["metadata", "good", "token", "bad", "dpop"], ProbeChecks.All.Select(check => check.Group).Distinct());
    }
}
