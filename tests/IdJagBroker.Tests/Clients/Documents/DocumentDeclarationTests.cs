using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Tests.Policies;

namespace IdJagBroker.Tests.Clients.Documents;

/// <summary><c>registration: metadata_document</c> and <c>jwksUri</c>: what the catalogue then says of a client, and what it may not say.</summary>
public sealed class DocumentDeclarationTests
{
    private const string Vscode = "vscode: {clientIds: [id-vscode], auth: client_secret}";
    private const string Claude = "claude: {clientIds: [id-claude], auth: private_key_jwt}";
    private const string ByDocument = "vscode: {registration: metadata_document, auth: private_key_jwt, documents: [\"https://ide.example/client.json\"]}";

    private static string With(string client, string was = Vscode)
    {
        Assert.Contains(was, Acme.Catalog, StringComparison.Ordinal);
        return Acme.Catalog.Replace(was, client, StringComparison.Ordinal);
    }

    private static Catalog Read(string catalog) => Acme.Snapshot(Acme.Rule, catalog).Catalog;

    private static void Refuses(string catalog, string marked, PolicyDiagnosticCode code, string? message = null) =>
        DiagnosticAssert.One(Acme.LoadRules(Acme.Rule, catalog), catalog, marked, code, message);

    [Fact, Trait("Spec", "CIMD-09")]
    public void Finds_a_client_by_the_address_of_its_document_and_of_any_document_of_its_host()
    {
        var catalog = Read(With("vscode: {registration: metadata_document, auth: private_key_jwt, dpop: required, trust: internal, documents: [\"https://ide.example/client.json\", \"https://tools.example/ide.json\"]}")
            .Replace(Claude, "claude: {registration: metadata_document, auth: private_key_jwt, documentHosts: [tools.example, \"tools.example:8443\"], privateNetwork: true}", StringComparison.Ordinal));

        Assert.Equal("vscode", catalog.FindClient("https://ide.example/client.json")?.Alias);
        Assert.Equal("vscode", catalog.FindClient("https://tools.example/ide.json")?.Alias);       // an address counts before a host
        Assert.Equal("claude", catalog.FindClient("https://tools.example/x")?.Alias);
        Assert.Equal("claude", catalog.FindClient("https://tools.example:8443/x")?.Alias);
        foreach (var other in new[] { "https://ide.example/Client.json", "https://ide.example/other.json", "https://tools.example:444/x", "https://a.tools.example/x", "https://tools.example.evil/x", "http://tools.example/x", "https://TOOLS.example/x", "https://tools.example:443/x", "https://tools.example/x?", "https://tools.example/" })
            Assert.Null(catalog.FindClient(other));

        var client = catalog.Clients["vscode"];
        Assert.Equal((true, false, DpopUse.Required, ClientTrust.Internal, true), (client.ByDocument, client.InRegistry, client.Dpop, client.Trust, client.KeysAreElsewhere));
        Assert.True(catalog.Clients["claude"].PrivateNetwork);
        Assert.True(catalog.HasDocumentClients);
        Assert.False(Read(Acme.Catalog).HasDocumentClients);
    }

    [Theory, Trait("Spec", "CIMD-01"), Trait("Spec", "CIMD-06")]
    [InlineData("http://ide.example/client.json")]
    [InlineData("http://127.0.0.1:5000/client.json")]
    [InlineData("https://ide.example")]
    [InlineData("https://ide.example/")]
    [InlineData("https://ide.example/a/../client.json")]
    [InlineData("https://ide.example/client.json?x")]
    [InlineData("https://ide.example/client.json#x")]
    [InlineData("https://u@ide.example/client.json")]
    [InlineData("https://IDE.example/client.json")]
    [InlineData("https://ide.example:443/client.json")]
    [InlineData("ide.example/client.json")]
    public void Refuses_an_address_that_is_none(string address) =>
        Refuses(With(ByDocument.Replace("https://ide.example/client.json", address, StringComparison.Ordinal)), $"\"{address}\"", PolicyDiagnosticCode.UriInvalid);

    [Theory]
    [InlineData("https://tools.example")]
    [InlineData("tools.example/")]
    [InlineData("tools.example/x")]
    [InlineData("*.tools.example")]
    [InlineData("TOOLS.example")]
    [InlineData("tools.example:443")]
    [InlineData("u@tools.example")]
    [InlineData("tools.example?x")]
    [InlineData("tools .example")]
    public void Refuses_a_host_that_is_none(string host) =>
        Refuses(With($"vscode: {{registration: metadata_document, auth: private_key_jwt, documentHosts: [\"{host}\"]}}"), $"\"{host}\"", PolicyDiagnosticCode.ValueInvalid, "is not a host");

    [Theory]
    [InlineData("clientIds: [x]", "clientIds: [x]", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("jwks: {keys: [{kty: x}]}", "jwks: ", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("jwksUri: \"https://k.example/\"", "jwksUri", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("documentHosts: []", "[]", nameof(PolicyDiagnosticCode.ListEmpty))]
    [InlineData("documentHosts: tools.example", "tools.example", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("privateNetwork: maybe", "maybe", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("redirectUris: [x]", "redirectUris", nameof(PolicyDiagnosticCode.FieldUnknown))]
    public void Refuses_what_the_document_holds_and_what_is_wrong(string field, string marked, string code) =>
        Refuses(With(ByDocument[..^1] + ", " + field + "}"), marked, Enum.Parse<PolicyDiagnosticCode>(code));

    [Theory]
    [InlineData("auth: private_key_jwt", "auth: client_secret", "client_secret, documents", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("auth: private_key_jwt", "auth: none", "none, documents", nameof(PolicyDiagnosticCode.PublicClient))]
    [InlineData(", documents: [\"https://ide.example/client.json\"]", "", "vscode: {", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("registration: metadata_document", "registration: database", "documents", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("registration: metadata_document", "clientIds: [x]", "documents", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("registration: metadata_document", "registration: cimd", "cimd", nameof(PolicyDiagnosticCode.WordUnknown))]
    public void Refuses_a_client_by_document_that_is_not_whole(string was, string changed, string marked, string code)
    {
        var catalog = With(ByDocument.Replace(was, changed, StringComparison.Ordinal));
        var load = Acme.LoadRules(Acme.Rule, catalog);
        if (code is nameof(PolicyDiagnosticCode.WordUnknown)) Assert.Contains(load.Diagnostics, d => d.Code is PolicyDiagnosticCode.WordUnknown);
        else DiagnosticAssert.One(load, catalog, marked, Enum.Parse<PolicyDiagnosticCode>(code));
    }

    [Fact, Trait("Spec", "CIMD-09")]
    public void Refuses_an_address_or_a_host_that_two_clients_have()
    {
        const string second = "claude: {registration: metadata_document, auth: private_key_jwt, documents: [ \"https://ide.example/client.json\"]}";
        Refuses(With(ByDocument).Replace(Claude, second, StringComparison.Ordinal), "\"https://ide.example/client.json\"]}\nauthorizationServers", PolicyDiagnosticCode.ClientIdDuplicate, "belongs to claude");
        Refuses(With(ByDocument).Replace("id-claude", "\"https://ide.example/client.json\"", StringComparison.Ordinal), "\"https://ide.example/client.json\"]}\nauthorizationServers", PolicyDiagnosticCode.ClientIdDuplicate);
        Refuses(With("vscode: {registration: metadata_document, auth: private_key_jwt, documentHosts: [tools.example]}")
                .Replace(Claude, "claude: {registration: metadata_document, auth: private_key_jwt, documentHosts: [ tools.example]}", StringComparison.Ordinal),
            "tools.example]}\nauthorizationServers", PolicyDiagnosticCode.DocumentHostDuplicate, "belongs to claude");
    }

    [Fact, Trait("Spec", "CIMD-10"), Trait("Spec", "JAG-09")]
    public void Lets_a_client_by_document_have_its_address_as_id_at_a_server()
    {
        var server = Read(With(ByDocument).Replace("vscode: ac-vs", "vscode: {sameAsHere: true}", StringComparison.Ordinal)).AuthorizationServers["acme"];
        Assert.Equal("https://ide.example/client.json", server.ClientIdOf("vscode", "https://ide.example/client.json"));
        Assert.Equal("ac-cl", server.ClientIdOf("claude", "id-claude"));
        Assert.Null(server.ClientIdOf("nobody", "x"));
        Assert.Equal("ac-vs", Read(With(ByDocument)).AuthorizationServers["acme"].ClientIdOf("vscode", "https://ide.example/client.json"));
    }

    [Theory, Trait("Spec", "JAG-09")]
    [InlineData("claude: ac-cl", "claude: {sameAsHere: true}", "true}, vscode", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("vscode: ac-vs", "vscode: {sameAsHere: false}", "false}", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("vscode: ac-vs", "vscode: {sameAsHere: perhaps}", "perhaps", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("vscode: ac-vs", "vscode: {}", "{}", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("vscode: ac-vs", "vscode: {sameAsHere: true, id: x}", "id: x}", nameof(PolicyDiagnosticCode.FieldUnknown))]
    [InlineData("vscode: ac-vs", "vscode: [x]", "[x]", nameof(PolicyDiagnosticCode.TypeWrong))]
    public void Lets_no_other_client_have_the_same_id_elsewhere(string was, string changed, string marked, string code)
    {
        var catalog = With(ByDocument).Replace(was, changed, StringComparison.Ordinal);
        var load = Acme.LoadRules(Acme.Rule, catalog);
        if (changed.Contains("perhaps", StringComparison.Ordinal)) Assert.Contains(load.Diagnostics, d => d.Code is PolicyDiagnosticCode.TypeWrong);
        else DiagnosticAssert.One(load, catalog, marked, Enum.Parse<PolicyDiagnosticCode>(code));
    }

    [Fact, Trait("Spec", "CIMD-14")]
    public void Reads_where_the_keys_of_an_ordinary_client_are()
    {
        var client = Read(With("claude: {clientIds: [id-claude], auth: private_key_jwt, jwksUri: \"https://k.example/jwks\", privateNetwork: true}", Claude)).Clients["claude"];
        Assert.Equal(("https://k.example/jwks", true, true, false), (client.JwksUri?.OriginalString, client.PrivateNetwork, client.KeysAreElsewhere, client.ByDocument));
        Assert.False(Read(Acme.Catalog).Clients["claude"].KeysAreElsewhere);
        Assert.True(Read(With("vscode: {registration: database, auth: private_key_jwt, privateNetwork: true}")).Clients["vscode"].PrivateNetwork);
    }

    [Theory]
    [InlineData(Claude, "jwksUri: \"http://k.example/\"", "\"http://k", nameof(PolicyDiagnosticCode.UriInvalid))]
    [InlineData(Claude, "jwksUri: \"https://u:p@k.example/\"", "\"https://u:p", nameof(PolicyDiagnosticCode.UriInvalid))]
    [InlineData(Claude, "jwksUri: \"https://k.example/#x\"", "\"https://k", nameof(PolicyDiagnosticCode.UriInvalid))]
    [InlineData(Claude, "jwksUri: 7", "7}", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData(Claude, "privateNetwork: true", "privateNetwork", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData(Vscode, "jwksUri: \"https://k.example/\"", "jwksUri", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData(Vscode, "privateNetwork: true", "privateNetwork", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("vscode: {registration: database, auth: private_key_jwt}", "jwksUri: \"https://k.example/\"", "jwksUri", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    public void Refuses_a_jwks_uri_that_is_none_or_where_none_belongs(string client, string field, string marked, string code)
    {
        var was = client.StartsWith("claude", StringComparison.Ordinal) ? Claude : Vscode;
        Refuses(With(client[..^1] + ", " + field + "}", was), marked, Enum.Parse<PolicyDiagnosticCode>(code));
    }

    [Fact]
    public void Refuses_keys_in_two_places()
    {
        const string jwk = "{kty: EC, crv: P-256, x: f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU, y: x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0}";
        Refuses(With($"claude: {{clientIds: [id-claude], auth: private_key_jwt, jwks: {{keys: [{jwk}]}}, jwksUri: \"https://k.example/\"}}", Claude), "jwksUri", PolicyDiagnosticCode.FieldNotApplicable, "exclude each other");
    }

    [Fact, Trait("Spec", "CIMD-06")]
    public void Takes_http_on_loopback_only_when_told_so()
    {
        using var folder = new PolicyFolderFixture().With("b.yaml", Acme.PolicyHead + Acme.Rule).With("a.yaml",
            With("vscode: {registration: metadata_document, auth: private_key_jwt, documents: [\"http://127.0.0.1:5001/c.json\"], documentHosts: [\"127.0.0.1:5002\"]}"));
        Assert.Null(folder.Load().Snapshot);
        var development = PolicyFiles.Load(folder.Root, allowLoopbackHttp: true).Snapshot!.Catalog;
        Assert.NotNull(development.FindClient("http://127.0.0.1:5001/c.json"));
        Assert.NotNull(development.FindClient("http://127.0.0.1:5002/c.json"));

        folder.With("a.yaml", With("vscode: {registration: metadata_document, auth: private_key_jwt, documentHosts: [\"127.0.0.1:5002\"]}"));
        var production = folder.Load().Snapshot!.Catalog;
        Assert.Null(production.FindClient("http://127.0.0.1:5002/c.json"));
        Assert.NotNull(production.FindClient("https://127.0.0.1:5002/c.json"));        // which the egress client then does not connect to
    }
}
