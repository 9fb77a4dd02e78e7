using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Tests.Policies;

namespace IdJagBroker.Tests.Clients;

/// <summary><c>registration: database</c>: what the catalogue then says of a client, and what it may not say.</summary>
public sealed class RegistryDeclarationTests
{
    private const string Vscode = "vscode: {clientIds: [id-vscode], auth: client_secret}";

    private static string With(string client) => Acme.Catalog.Replace(Vscode, client, StringComparison.Ordinal);

    private static PolicyLoad Load(string catalog) => Acme.LoadRules(Acme.Rule, catalog);

    [Fact]
    public void Reads_a_client_of_the_registry()
    {
        var load = Load(With("vscode: {registration: database, auth: client_secret, trust: internal, dpop: optional, enabled: false}"));

        Assert.Equal("", PolicyDiagnosticText.Render(load.Diagnostics));
        var client = load.Snapshot!.Catalog.Clients["vscode"];
        Assert.Equal((true, ClientAuth.ClientSecret, ClientTrust.Internal, DpopUse.Optional, false), (client.InRegistry, client.Auth, client.Trust, client.Dpop, client.Enabled));
        Assert.Empty(client.ClientIds);
        Assert.Equal("ac-vs", load.Snapshot.Catalog.AuthorizationServers["acme"].ClientIds["vscode"]);
        Assert.False(load.Snapshot.Catalog.Clients["claude"].InRegistry);
        Assert.False(Load(With("vscode: {registration: catalogue, clientIds: [id-vscode], auth: client_secret}")).Snapshot!.Catalog.Clients["vscode"].InRegistry);
    }

    [Theory]
    [InlineData("clientIds: [id-vscode]", "clientIds: [id-vscode]", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("secretHashes: [\"hmac-sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"]", "secretHashes: ", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("jwks: {keys: [{kty: x}]}", "jwks: ", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("auth: none", "none}", nameof(PolicyDiagnosticCode.PublicClient))]
    public void Refuses_in_the_file_what_the_registry_holds(string field, string marked, string code)
    {
        var auth = field.StartsWith("auth", StringComparison.Ordinal) ? "" : field.StartsWith("jwks", StringComparison.Ordinal) ? ", auth: private_key_jwt" : ", auth: client_secret";
        var catalog = With($"vscode: {{registration: database{auth}, {field}}}");
        DiagnosticAssert.One(Load(catalog), catalog, marked, Enum.Parse<PolicyDiagnosticCode>(code));
    }

    [Fact]
    public void Still_demands_a_method_and_knows_two_places_only()
    {
        Assert.Contains(Load(With("vscode: {registration: database}")).Diagnostics, d => d.Code is PolicyDiagnosticCode.FieldMissing);
        Assert.Contains(Load(With("vscode: {registration: git, clientIds: [id-vscode], auth: client_secret}")).Diagnostics, d => d.Code is PolicyDiagnosticCode.WordUnknown);
    }
}
