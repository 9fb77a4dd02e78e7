using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;
using Xunit;

namespace IdJagBroker.Tests.Policies;

/// <summary><c>authorizationServers.ALIAS.receipts</c>: read when right, refused at its place when wrong.</summary>
public sealed class ReceiptsParserTests
{
    private const string Server = "acme: {issuer: \"https://auth.acme.example\", clientIds: {claude: ac-cl, vscode: ac-vs}}";
    private const string Key = "{kty: EC, crv: P-256, kid: as-1, x: f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU, y: x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0}";

    private static string Adding(string receipts) => Acme.Catalog.Replace(Server, Server[..^1] + ", receipts: " + receipts + "}", StringComparison.Ordinal);

    private static CatalogReceipts? Read(string receipts) => Acme.Snapshot(Acme.Rule, Adding(receipts)).Catalog.AuthorizationServers["acme"].Receipts;

    [Fact]
    public void Reads_keys_or_where_they_are()
    {
        var here = Read($"{{jwks: {{keys: [{Key}]}}}}")!;
        Assert.Equal(("as-1", null, false), (Assert.Single(here.Keys!.Keys).KeyId, here.JwksUri, here.PrivateNetwork));
        var there = Read("{jwksUri: \"https://auth.acme.example/jwks\", privateNetwork: true}")!;
        Assert.Equal((null, "https://auth.acme.example/jwks", true), (there.Keys, there.JwksUri!.ToString(), there.PrivateNetwork));
        Assert.Null(Acme.Snapshot(Acme.Rule).Catalog.AuthorizationServers["acme"].Receipts);
    }

    [Theory]
    [InlineData("true", "true}", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("{}", "{}}", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("{jwksUri: \"https://a.example/\", jwks: {keys: [KEY]}}", "jwksUri: ", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("{jwksUri: \"http://a.example/jwks\"}", "\"http://a.example/jwks", nameof(PolicyDiagnosticCode.UriInvalid))]
    [InlineData("{jwks: {keys: [KEY]}, privateNetwork: true}", "privateNetwork", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("{jwksUri: \"https://a.example/\", privateNetwork: perhaps}", "perhaps", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("{jwks: {keys: []}}", "[]}}", nameof(PolicyDiagnosticCode.ListEmpty))]
    [InlineData("{jwks: {keys: [{kty: EC, d: AAAA}]}}", "d: AAAA", nameof(PolicyDiagnosticCode.JwksPrivate))]
    [InlineData("{jwks: {keys: [KEY]}, endpoint: x}", "endpoint", nameof(PolicyDiagnosticCode.FieldUnknown))]
    public void Refuses(string receipts, string marked, string code)
    {
        var catalog = Adding(receipts.Replace("KEY", Key, StringComparison.Ordinal));
        DiagnosticAssert.One(Acme.LoadRules(Acme.Rule, catalog), catalog, marked, Enum.Parse<PolicyDiagnosticCode>(code));
    }
}
