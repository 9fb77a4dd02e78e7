using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Tests.Policies;

/// <summary>The fields that belong to one kind of identity provider: read when right, refused at their place when wrong, alone.</summary>
public sealed class IdpKindParserTests
{
    private const string Okta = "okta: {issuer: \"https://acme.okta.com\", groupsClaim: groups}";
    private const string T1 = "11111111-2222-3333-4444-555555555555";
    private const string T2 = "22222222-2222-3333-4444-555555555555";
    private const string Personal = "9188040d-6c67-4c5b-b112-36a304b66dad";

    private static string With(string fields) => Acme.Catalog.Replace(Okta, $"okta: {{{fields}}}", StringComparison.Ordinal);

    private static CatalogIdp Read(string fields) => Acme.Snapshot(Acme.Rule, With(fields)).Catalog.Idps["okta"];

    private static string[] Issuers(string fields) => [.. IdpIssuers.Of(Read(fields)).Select(issuer => issuer.Value)];

    private const string Template = "issuer: \"https://login.microsoftonline.com/{tenantid}/v2.0\", kind: entra";

    [Fact, Trait("Spec", "IDP-28")]
    public void Writes_out_every_issuer_that_is_accepted()
    {
        Assert.Equal(
            [$"https://login.microsoftonline.com/{T1}/v2.0", $"https://login.microsoftonline.com/{T2}/v2.0"],
            Issuers($"{Template}, tenants: [{T1}, {T2}]"));
        Assert.Equal(
            [$"https://login.microsoftonline.com/{T1}/v2.0", $"https://sts.windows.net/{T1}/"],
            Issuers($"{Template}, tenants: [{T1}], entraV1: true"));
        Assert.Equal(
            [$"https://login.microsoftonline.com/{T1}/v2.0", $"https://sts.windows.net/{T1}/"],
            Issuers($"issuer: \"https://login.microsoftonline.com/{T1}/v2.0\", kind: entra, entraV1: true"));
        Assert.Equal(["https://accounts.google.com", "accounts.google.com"], Issuers("issuer: \"https://accounts.google.com\", kind: google, hostedDomains: [acme.example]"));
        Assert.Equal(["https://acme.okta.com/oauth2/default"], Issuers("issuer: \"https://acme.okta.com/oauth2/default\", kind: okta"));
    }

    [Fact]
    public void Reads_every_field_of_a_group_directory()
    {
        var graph = Read($"{Template}, tenants: [{T1}], privateNetwork: true, "
            + "groupDirectory: {kind: graph, clientId: app, baseUrl: \"https://graph.microsoft.us\", securityEnabledOnly: true}");
        Assert.True(graph.PrivateNetwork);
        Assert.Equal(
            new CatalogGroupDirectory { Kind = GroupDirectoryKind.Graph, BaseUrl = new Uri("https://graph.microsoft.us/"), ClientId = "app", SecurityEnabledOnly = true },
            graph.GroupDirectory);
        Assert.Equal(new Uri("https://graph.microsoft.com/"), Read($"{Template}, tenants: [{T1}], groupDirectory: {{kind: graph, clientId: app}}").GroupDirectory!.BaseUrl);

        var okta = Read("issuer: \"https://acme.okta.com/oauth2/default\", kind: okta, groupDirectory: {kind: okta}");
        Assert.False(okta.PrivateNetwork);
        Assert.Equal(new CatalogGroupDirectory { Kind = GroupDirectoryKind.Okta, BaseUrl = new Uri("https://acme.okta.com/") }, okta.GroupDirectory);
    }

    [Theory]
    [InlineData(Template, "okta: {issuer", nameof(PolicyDiagnosticCode.FieldMissing), "'tenants' is missing")]
    [InlineData("issuer: \"https://login.example/v2.0\", kind: entra", "okta: {issuer", nameof(PolicyDiagnosticCode.FieldMissing), "'tenants' is missing")]
    [InlineData("issuer: \"https://login.microsoftonline.com/" + Personal + "/v2.0\", kind: entra", "okta: {issuer", nameof(PolicyDiagnosticCode.FieldMissing), "'tenants' is missing")]
    [InlineData("issuer: \"https://login.microsoftonline.com/{tenantid}/v2.0\"", "\"https://login", nameof(PolicyDiagnosticCode.IssuerInvalid), "kind: entra")]
    [InlineData("issuer: \"https://login.microsoftonline.com/common/v2.0\", kind: entra, tenants: [" + T1 + "]", "\"https://login", nameof(PolicyDiagnosticCode.IssuerInvalid), "{tenantid}")]
    [InlineData("issuer: \"https://login.microsoftonline.com/" + T1 + "/v2.0\", kind: entra, tenants: [" + T2 + "]", "tenants", nameof(PolicyDiagnosticCode.ValueInvalid), "own tenant")]
    [InlineData("issuer: \"https://login.example/v2.0\", kind: entra, tenants: [" + T1 + "], entraV1: true", "entraV1", nameof(PolicyDiagnosticCode.FieldNotApplicable), null)]
    [InlineData(Template + ", tenants: [" + T1 + "], entraV1: yes", "yes", nameof(PolicyDiagnosticCode.TypeWrong), null)]
    [InlineData(Template + ", tenants: [" + T1 + ", " + T2 + "], emailDomains: [acme.example]", "emailDomains", nameof(PolicyDiagnosticCode.FieldNotApplicable), "one tenant")]
    [InlineData("issuer: \"https://a.example\", entraV1: true", "entraV1", nameof(PolicyDiagnosticCode.FieldNotApplicable), null)]
    [InlineData("issuer: \"https://a.example\", hostedDomains: [acme.example]", "hostedDomains", nameof(PolicyDiagnosticCode.FieldNotApplicable), null)]
    [InlineData("issuer: \"https://accounts.google.com\", kind: google", "okta: {issuer", nameof(PolicyDiagnosticCode.FieldMissing), "'hostedDomains' is missing")]
    [InlineData("issuer: \"https://accounts.google.com\", kind: google, hostedDomains: []", "[]", nameof(PolicyDiagnosticCode.ListEmpty), null)]
    [InlineData("issuer: \"https://accounts.google.com\", kind: google, hostedDomains: [Acme.example]", "Acme.example", nameof(PolicyDiagnosticCode.ValueInvalid), null)]
    [InlineData("issuer: \"https://a.example\", privateNetwork: 1", "1}", nameof(PolicyDiagnosticCode.TypeWrong), null)]
    [InlineData("issuer: \"https://a.example\", privatNetwork: true", "privatNetwork", nameof(PolicyDiagnosticCode.FieldUnknown), "did you mean 'privateNetwork'")]
    [InlineData("issuer: \"https://a.example\", kind: okta, groupDirectory: graph", "graph}", nameof(PolicyDiagnosticCode.TypeWrong), null)]
    [InlineData("issuer: \"https://a.example\", kind: okta, groupDirectory: {}", "{}", nameof(PolicyDiagnosticCode.FieldMissing), "'kind' is missing")]
    [InlineData("issuer: \"https://a.example\", kind: okta, groupDirectory: {kind: otka}", "otka", nameof(PolicyDiagnosticCode.WordUnknown), "did you mean 'okta'")]
    [InlineData("issuer: \"https://a.example\", kind: okta, groupDirectory: {kind: okta, clientId: x}", "clientId: x", nameof(PolicyDiagnosticCode.FieldNotApplicable), null)]
    [InlineData("issuer: \"https://a.example\", kind: okta, groupDirectory: {kind: okta, secret: x}", "secret: x", nameof(PolicyDiagnosticCode.FieldUnknown), null)]
    [InlineData("issuer: \"https://a.example\", kind: okta, groupDirectory: {kind: okta, baseUrl: \"http://a.example\"}", "\"http://a", nameof(PolicyDiagnosticCode.UriInvalid), null)]
    [InlineData("issuer: \"https://a.example\", kind: okta, groupDirectory: {kind: okta, baseUrl: \"https://a.example/api\"}", "\"https://a.example/api", nameof(PolicyDiagnosticCode.UriInvalid), null)]
    [InlineData("issuer: \"https://a.example\", groupDirectory: {kind: okta}", "{kind", nameof(PolicyDiagnosticCode.FieldNotApplicable), "kind: okta")]
    [InlineData("issuer: \"https://a.example\", kind: okta, groupDirectory: {kind: graph, clientId: x}", "{kind", nameof(PolicyDiagnosticCode.FieldNotApplicable), "kind: entra")]
    [InlineData(Template + ", tenants: [" + T1 + "], groupDirectory: {kind: graph}", "{kind", nameof(PolicyDiagnosticCode.FieldMissing), "'clientId' is missing")]
    public void Refuses_a_bad_field(string fields, string marked, string code, string? message)
    {
        DiagnosticAssert.One(Acme.LoadRules(Acme.Rule, With(fields)), With(fields), marked, Enum.Parse<PolicyDiagnosticCode>(code), message);
    }

    [Fact]
    public void Refuses_two_providers_that_accept_one_issuer_between_them()
    {
        var catalog = Acme.Catalog.Replace(Okta,
            $"okta: {{{Template}, tenants: [{Personal}, {T1}], groupsClaim: groups}}\n  zwei: {{issuer: \"https://login.microsoftonline.com/{T1}/v2.0\", kind: entra}}",
            StringComparison.Ordinal);
        var problem = Assert.Single(Acme.LoadRules(Acme.Rule, catalog).Diagnostics);
        Assert.Equal(PolicyDiagnosticCode.IssuerDuplicate, problem.Code);
    }
}
