using IdJagBroker.Policies;
using IdJagBroker.Policies.Analysis;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Tests.Policies;

/// <summary>Who gets what.</summary>
public sealed class AccessMatrixTests
{
    private static string[] Show(AccessMatrix matrix) => [.. matrix.Cells.Select(cell =>
        $"{cell.Client} {cell.Resource}: {string.Join("; ", cell.Scopes.Select(scope => $"{scope.Scope} by {string.Join(" or ", scope.Ways.Select(way => way.Rule))}"))}")];

    [Fact]
    public void Is_that_of_the_design_for_the_example()
    {
        var shipped = PolicyFiles.Load(PolicyFolderFixture.Shipped(), allowLoopbackHttp: false).Snapshot!;
        Assert.Equal(
            [
                "acme-agent datadog-mcp: metrics:read by sre-observe; logs:read by sre-observe; monitors:write by sre-act",
                "acme-agent github-mcp: repo:read by eng-source-read; repo:write by eng-source-write",
                "acme-agent linear-mcp: issues:read by eng-source-read; issues:write by eng-source-read",
                "claude datadog-mcp: metrics:read by sre-observe; logs:read by sre-observe",
                "claude github-mcp: repo:read by eng-source-read; repo:write by eng-source-write",
                "claude linear-mcp: issues:read by eng-source-read or sup-linear; issues:write by eng-source-read or sup-linear",
                "claude payroll-mcp: salary:read by q4-audit-payroll",
                "claude warehouse-mcp: sql:read by fin-warehouse-read",
                "cursor github-mcp: repo:read by eng-source-read",
                "cursor linear-mcp: issues:read by eng-source-read; issues:write by eng-source-read",
                "vscode github-mcp: repo:read by eng-source-read",
                "vscode linear-mcp: issues:read by eng-source-read; issues:write by eng-source-read",
            ], Show(AccessMatrix.Of(shipped)));
        var payroll = AccessMatrix.Of(shipped).Cells.Single(cell => cell.Resource is "payroll-mcp").Scopes[0].Ways[0];
        Assert.Equal(("okta|00u-dana", "acr phr, signed in 30m ago at most, from 2026-11-01, until 2026-12-01", TimeSpan.FromMinutes(2), "okta|00u-dana"), (payroll.People, payroll.Terms, payroll.Lifetime, payroll.Example.ToString()));
    }

    [Fact]
    public void Leaves_out_a_way_that_is_denied_to_everybody_who_could_take_it()
    {
        const string allow = "  - {id: both, effect: allow, why: w, who: {groups: {allOf: [eng, ctr]}}, client: {ids: [claude]}, grant: {wiki: [admin]}}\n";
        const string deny = "  - {id: no, effect: deny, why: w, who: {groups: {anyOf: [ctr]}}, target: {resources: [wiki]}}\n";
        Assert.Equal(["claude wiki: admin by both"], Show(AccessMatrix.Of(Acme.Snapshot(allow))));
        Assert.Empty(Show(AccessMatrix.Of(Acme.Snapshot(allow + deny))));
        Assert.Equal(["claude wiki: admin by both"], Show(AccessMatrix.Of(Acme.Snapshot(allow + deny.Replace("target:", "unless: {dpop: true}, target:", StringComparison.Ordinal)))));
        Assert.Equal(["no"], AccessMatrix.Of(Acme.Snapshot(allow + deny.Replace("target:", "unless: {dpop: true}, target:", StringComparison.Ordinal))).Cells[0].Scopes[0].Ways[0].Exceptions);
    }

    [Fact]
    public void Knows_how_a_client_authenticates()
    {
        var rules = Acme.Rule + "    require: {clientAuth: private_key_jwt}\n";
        Assert.Equal(["claude code: repo:read by eng-read", "claude wiki: doc:read by eng-read"], Show(AccessMatrix.Of(Acme.Snapshot(rules))));
        const string deny = "  - {id: no, effect: deny, why: w, who: {everyone: true}, target: {resources: [wiki]}, unless: {clientAuth: private_key_jwt}}\n";
        Assert.Equal(["claude code: repo:read by eng-read", "claude wiki: doc:read by eng-read", "vscode code: repo:read by eng-read"], Show(AccessMatrix.Of(Acme.Snapshot(Acme.Rule + deny))));
    }
}
