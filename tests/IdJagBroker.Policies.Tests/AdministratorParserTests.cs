using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol;

namespace IdJagBroker.Tests.Policies;

/// <summary>Each field of an administrator: read when right, refused at its place when wrong, alone.</summary>
public sealed class AdministratorParserTests
{
    private const string Siem = "siem: {clientIds: [siem-1], auth: client_secret, scopes: [audit.read]}";
    private const string Hash = "hmac-sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    private const string Key = "{kty: EC, crv: P-256, x: f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU, y: x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0, kid: k}";

    private static string Catalog(string administrator) => Acme.Catalog.Replace("clients:\n", $"administrators:\n  {administrator}\nclients:\n", StringComparison.Ordinal);

    private static CatalogAdministrator Read(string administrator) => Assert.Single(Acme.Snapshot(Acme.Rule, Catalog(administrator)).Catalog.Administrators).Value;

    private static string Adding(string field) => Siem[..^1] + ", " + field + "}";

    [Fact]
    public void Reads_the_defaults()
    {
        var siem = Read(Siem);
        Assert.Equal(("siem", ClientAuth.ClientSecret, null, true), (siem.Alias, siem.Auth, siem.Role, siem.Enabled));
        Assert.Equal(["siem-1"], siem.ClientIds);
        Assert.Equal(ScopeSet.Of("audit.read"), siem.Scopes);
        Assert.Empty(siem.SecretHashes);
        Assert.Null(siem.Keys);
    }

    [Fact]
    public void Reads_every_field()
    {
        var bySecret = Read($"siem: {{clientIds: [a, b], auth: client_secret, secretHashes: [\"{Hash}\"], scopes: [{string.Join(", ", AdminScope.All)}], role: collector, enabled: false}}");
        Assert.Equal(("collector", false), (bySecret.Role, bySecret.Enabled));
        Assert.Equal([Hash], bySecret.SecretHashes);
        Assert.Equal(AdminScope.All.Length, bySecret.Scopes.Scopes.Length);
        var byKey = Read($"siem: {{clientIds: [a], auth: private_key_jwt, jwks: {{keys: [{Key}]}}, scopes: [keys.write]}}");
        Assert.Equal((ClientAuth.PrivateKeyJwt, "k"), (byKey.Auth, byKey.Keys!.Keys[0].KeyId));
    }

    [Fact]
    public void Is_found_by_each_of_its_ids_and_is_no_client()
    {
        var catalog = Acme.Snapshot(Acme.Rule, Catalog("siem: {clientIds: [a, b], auth: client_secret, scopes: [audit.read]}")).Catalog;
        Assert.Equal("siem", catalog.FindAdministrator("a")?.Alias);
        Assert.Equal("siem", catalog.FindIdentity("b")?.Alias);
        Assert.Equal("claude", catalog.FindIdentity("id-claude")?.Alias);
        Assert.Null(catalog.FindClient("a"));
        Assert.Null(catalog.FindAdministrator("id-claude"));
        Assert.Null(catalog.FindAdministrator("siem"));
    }

    [Theory]
    [InlineData("siem: {auth: client_secret, scopes: [audit.read]}", "siem:", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("siem: {clientIds: [a], scopes: [audit.read]}", "siem:", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("siem: {clientIds: [a], auth: client_secret}", "siem:", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("siem: {clientIds: [a], auth: client_secret, scopes: []}", "[]}", nameof(PolicyDiagnosticCode.ListEmpty))]
    [InlineData("siem: {clientIds: [a], auth: client_secret, scopes: [audit.raed]}", "audit.raed", nameof(PolicyDiagnosticCode.ScopeUnknown))]
    [InlineData("siem: {clientIds: [a], auth: client_secret, scopes: [receipts.write]}", "receipts.write", nameof(PolicyDiagnosticCode.ScopeUnknown))]
    [InlineData("siem: {clientIds: [a], auth: client_secret, scopes: [audit.read, audit.read]}", "audit.read]}", nameof(PolicyDiagnosticCode.ValueDuplicate))]
    [InlineData("siem: {clientIds: [id-claude], auth: client_secret, scopes: [audit.read]}", "id-claude]", nameof(PolicyDiagnosticCode.ClientIdDuplicate))]
    [InlineData("siem: {clientIds: [a], auth: none, scopes: [audit.read]}", "none, scopes", nameof(PolicyDiagnosticCode.PublicClient))]
    [InlineData("siem: {clientIds: [a], auth: mtls, scopes: [audit.read]}", "mtls", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("siem: {clientIds: [a], auth: private_key_jwt, secretHashes: [x], scopes: [audit.read]}", "secretHashes", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("siem: {clientIds: [a], auth: client_secret, jwks: {keys: []}, scopes: [audit.read]}", "jwks: {keys", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("siem: {clientIds: [a], auth: client_secret, secretHashes: [my-secret], scopes: [audit.read]}", "my-secret", nameof(PolicyDiagnosticCode.SecretHashInvalid))]
    [InlineData("siem: {clientIds: [a], auth: client_secret, dpop: required, scopes: [audit.read]}", "dpop", nameof(PolicyDiagnosticCode.FieldUnknown))]
    [InlineData("siem: {clientIds: [a], auth: client_secret, role: \"all mighty\", scopes: [audit.read]}", "\"all mighty\"", nameof(PolicyDiagnosticCode.AliasInvalid))]
    [InlineData("siem: {clientIds: [a], auth: client_secret, role: break-glass, scopes: [audit.read]}", "break-glass", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("management-token: {clientIds: [a], auth: client_secret, scopes: [audit.read]}", "management-token", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("command-line: {clientIds: [a], auth: client_secret, scopes: [audit.read]}", "command-line", nameof(PolicyDiagnosticCode.ValueInvalid))]
    public void Refuses_a_bad_administrator(string administrator, string marked, string code)
    {
        // The section last, so that it is the administrator whose id is another's.
        var catalog = Acme.Catalog + $"administrators:\n  {administrator}\n";
        var at = catalog.IndexOf("administrators:", StringComparison.Ordinal);
        var load = Acme.LoadRules(Acme.Rule, catalog);
        var found = Assert.Single(load.Diagnostics);
        Assert.Equal(Enum.Parse<PolicyDiagnosticCode>(code), found.Code);
        var place = catalog.IndexOf(marked, at, StringComparison.Ordinal);
        Assert.Equal((1 + catalog[..place].Count(c => c is '\n'), place - catalog[..place].LastIndexOf('\n')), (found.Line, found.Column));
        Assert.Null(load.Snapshot);
    }

    [Fact]
    public void Suggests_the_scope_that_was_meant() => Assert.Contains(
        "did you mean 'audit.read'?", Assert.Single(Acme.LoadRules(Acme.Rule, Catalog(Siem.Replace("audit.read", "audit.raed", StringComparison.Ordinal))).Diagnostics).Message, StringComparison.Ordinal);

    [Fact]
    public void Does_not_let_two_administrators_have_one_id() => Assert.Equal(
        PolicyDiagnosticCode.ClientIdDuplicate, Assert.Single(Acme.LoadRules(Acme.Rule, Catalog(Siem + "\n  other: {clientIds: [siem-1], auth: client_secret, scopes: [audit.read]}")).Diagnostics).Code);

    [Fact]
    public void Is_nobody_whom_a_rule_can_name()
    {
        var load = Acme.LoadRules(Acme.Rule.Replace("[claude, vscode]", "[siem]", StringComparison.Ordinal), Catalog(Siem));
        Assert.Equal(PolicyDiagnosticCode.ClientUnknown, Assert.Single(load.Diagnostics).Code);
    }

    [Fact]
    public void Takes_a_role_as_it_is_written() => Assert.Equal("auditor", Read(Adding("role: auditor")).Role);
}
