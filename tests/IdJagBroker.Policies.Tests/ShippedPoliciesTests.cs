using IdJagBroker.Policies;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol;
using Xunit;

namespace IdJagBroker.Tests.Policies;

/// <summary>The example that the repository ships, decided as its comments say.</summary>
public sealed class ShippedPoliciesTests
{
    private static readonly PolicyLoad Shipped = PolicyFiles.Load(PolicyFolderFixture.Shipped(), allowLoopbackHttp: false);

    [Fact]
    public void Load_without_any_diagnostic()
    {
        Assert.Equal("", PolicyDiagnosticText.Render(Shipped.Diagnostics));
        Assert.Equal(11, Shipped.Snapshot!.Rules.Length);
        Assert.Equal(5, Shipped.Snapshot.Catalog.Resources.Count);
        Assert.Equal(4, Shipped.Snapshot.Catalog.Clients.Count);
        Assert.Equal(TimeSpan.FromMinutes(5), Shipped.Snapshot.Ceiling);
        Assert.StartsWith("sha256:", Shipped.Snapshot.Revision, StringComparison.Ordinal);
    }

    [Theory, Trait("Spec", "IDP-44"), Trait("Spec", "IDP-46")]
    [InlineData("vscode", "github-mcp", "repo:read", "engineering", "ALLOWED [repo:read] at [github-mcp] by [eng-source-read] 5m other:False")]
    [InlineData("vscode", "github-mcp", "repo:read repo:write", "engineering", "ALLOWED [repo:read] at [github-mcp] by [eng-source-read] 5m other:False")]
    [InlineData("claude", "github-mcp", "repo:read repo:write", "engineering", "ALLOWED [repo:read repo:write] at [github-mcp] by [eng-source-read eng-source-write] 2m other:False")]
    [InlineData("claude", "github-mcp", "issues:write", "engineering", "NO_RULE_MATCHED [] at [] by [] 0h other:True")]
    [InlineData("claude", "github-mcp", "repo:write", "engineering contractors", "NO_RULE_MATCHED [] at [] by [] 0h other:True")]
    [InlineData("claude", "warehouse-mcp", "sql:read", "finance", "ALLOWED [sql:read] at [warehouse-mcp] by [fin-warehouse-read] 5m other:False")]
    [InlineData("cursor", "warehouse-mcp", "sql:read", "finance", "DENIED_BY_RULE [] at [] by [deny-shared-secret-sensitive] 0h other:False")]
    [InlineData("claude", "warehouse-mcp", "sql:read", "engineering contractors", "DENIED_BY_RULE [] at [] by [deny-contractors-sensitive] 0h other:False")]
    [InlineData("cursor", "warehouse-mcp", "sql:read", "contractors", "DENIED_BY_RULE [] at [] by [deny-contractors-sensitive deny-shared-secret-sensitive] 0h other:False")]
    [InlineData("claude", "warehouse-mcp", "sql:write", "finance", "DENIED_BY_RULE [] at [] by [deny-write-prod-from-vendor-clients] 0h other:True")]
    [InlineData("claude", "datadog-mcp", "metrics:read monitors:write", "sre", "ALLOWED [metrics:read] at [datadog-mcp] by [sre-observe] 5m other:False")]
    [InlineData("acme-agent", "datadog-mcp", "metrics:read monitors:write", "sre", "ALLOWED [metrics:read monitors:write] at [datadog-mcp] by [sre-act sre-observe] 1m other:False")]
    [InlineData("claude", "linear-mcp", "issues:read issues:write", "support", "ALLOWED [issues:read issues:write] at [linear-mcp] by [sup-linear] 5m other:False")]
    [InlineData("claude", "payroll-mcp", "salary:read", "finance", "NO_RULE_MATCHED [] at [] by [] 0h other:False")]
    public void Decide_as_the_design_expects(string client, string resource, string scope, string groups, string expected) =>
        Assert.Equal(expected, Acme.Show(PolicyEngine.Decide(Shipped.Snapshot!, Strong(Acme.Ask(client, resource, scope, groups)))));

    // Signed in well, from the office, with a key: what is left is who, which client and where.
    private static PolicyInput Strong(PolicyInput input) => input with
    {
        Acr = ["phr"], Amr = ["hwk", "mfa"], SignInAge = TimeSpan.FromMinutes(10), Dpop = true, Network = System.Net.IPNetwork.Parse("203.0.113.7/32"),
    };

    [Fact]
    public void Let_one_named_person_and_nobody_else_into_payroll()
    {
        Assert.Equal("ALLOWED [salary:read] at [payroll-mcp] by [q4-audit-payroll] 2m other:False",
            Acme.Show(PolicyEngine.Decide(Shipped.Snapshot!, Strong(Acme.Ask("claude", "payroll-mcp", "salary:read", subject: "okta|00u-dana")))));
        Assert.False(PolicyEngine.Decide(Shipped.Snapshot!, Strong(Acme.Ask("claude", "payroll-mcp", "salary:read", subject: "okta|00u-Dana"))).Allowed);
    }

    [Fact]
    public void Never_give_a_contractor_a_sensitive_resource_nor_a_vendor_client_write_on_production()
    {
        var snapshot = Shipped.Snapshot!;
        var groups = snapshot.Catalog.Groups.Keys.ToArray();
        foreach (var client in snapshot.Catalog.Clients.Values)
            foreach (var resource in snapshot.Catalog.Resources.Values)
                for (var mask = 0; mask < 1 << groups.Length; mask++)
                {
                    var member = string.Join(' ', groups.Where((_, i) => (mask & (1 << i)) != 0));
                    var decision = PolicyEngine.Decide(snapshot, Strong(Acme.Ask(client.Alias, resource.Alias, resource.Scopes.ToString(), member)));
                    Assert.True(decision.MaxLifetime <= TimeSpan.FromMinutes(5));
                    Assert.False(decision.Allowed && member.Contains("contractors", StringComparison.Ordinal) && resource.Tags.Contains("sensitive"));
                    Assert.False(client.Alias != "acme-agent" && resource.Tags.Contains("prod")
                        && decision.GrantedScope.Scopes.Any(scope => scope.EndsWith(":write", StringComparison.Ordinal)));
                }
    }

    [Fact]
    public void Find_everything_by_its_name_on_the_wire()
    {
        var catalog = Shipped.Snapshot!.Catalog;
        Assert.Equal("claude", catalog.FindClient("0oa-claude")!.Alias);
        Assert.Null(catalog.FindClient("0OA-CLAUDE"));
        Assert.Equal("okta", catalog.FindIdp("https://acme.okta.com")!.Alias);
        Assert.Equal("github", catalog.FindAuthorizationServer("https://mcp-auth.github.example/")!.Alias);
        Assert.True(ResourceIndicator.TryParse("https://MCP.github.example", out var resource));
        Assert.Equal("github-mcp", catalog.FindResource(resource)!.Alias);
        Assert.Equal("github-mcp", catalog.DefaultResource("github")!.Alias);
    }
}
