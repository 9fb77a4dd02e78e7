using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol.Jws;
using Xunit;

namespace IdJagBroker.Tests.Policies;

/// <summary>The fields of a catalogue that say what tokens hold and which sign-in they need: read when right, refused at their place when wrong.</summary>
public sealed class TokenSettingsParserTests
{
    private const string Server = "acme: {issuer: \"https://auth.acme.example\", clientIds: {claude: ac-cl, vscode: ac-vs}}";
    private const string Wiki = "wiki: {as: acme, uri: \"https://wiki.acme.example/mcp\", scopes: [doc:read, doc:write, admin], tags: [work]}";

    private static string Adding(string entry, string field)
    {
        Assert.Contains(entry, Acme.Catalog, StringComparison.Ordinal);
        return Acme.Catalog.Replace(entry, entry[..^1] + ", " + field + "}", StringComparison.Ordinal);
    }

    private static CatalogAuthorizationServer ReadServer(string field) => Acme.Snapshot(Acme.Rule, Adding(Server, field)).Catalog.AuthorizationServers["acme"];

    private static void Refuses(string entry, string field, string marked, string code, string? message = null)
    {
        var catalog = Adding(entry, field);
        DiagnosticAssert.One(Acme.LoadRules(Acme.Rule, catalog), catalog, marked, Enum.Parse<PolicyDiagnosticCode>(code), message);
    }

    [Fact]
    public void Reads_every_field()
    {
        var server = ReadServer(
            "algorithm: RS256, claims: [email, groups, \"https://acme.example/dept\", \"urn:acme:level\"], tenant: organization, audTenant: acme-inc, "
            + "audSub: {\"okta|00u-ana\": acc-1, \"okta|00u|b\": acc-2}, resourceParameter: required, requireAcr: [phr, \"urn:acme:loa:3\"], maxSignInAge: 15m");

        Assert.Equal(JwsAlgorithm.RS256, server.Token.Algorithm);
        Assert.Equal(["email", "groups", "https://acme.example/dept", "urn:acme:level"], server.Token.Claims);
        Assert.Equal(("organization", "acme-inc"), (server.Token.Tenant, server.Token.AudienceTenant));
        Assert.Equal(("acc-1", "acc-2"), (server.Token.AudienceSubjects["okta|00u-ana"], server.Token.AudienceSubjects["okta|00u|b"]));
        Assert.Equal(ResourceParameter.Required, server.ResourceParameter);
        Assert.Equal(["phr", "urn:acme:loa:3"], server.SignIn.AnyAcr);
        Assert.Equal(TimeSpan.FromMinutes(15), server.SignIn.MaxAge);
        Assert.Equal("employee_id", ReadServer("audSubClaim: employee_id").Token.AudienceSubjectClaim);
        Assert.Equal(ResourceParameter.Optional, ReadServer("resourceParameter: optional").ResourceParameter);
        Assert.Equal(JwsAlgorithm.ES256, ReadServer("algorithm: ES256").Token.Algorithm);

        var resource = Acme.Snapshot(Acme.Rule, Adding(Wiki, "scopeMode: exact, requireAcr: [phr], maxSignInAge: 12h")).Catalog.Resources["wiki"];
        Assert.Equal((ScopeMode.Exact, TimeSpan.FromHours(12)), (resource.ScopeMode, resource.SignIn.MaxAge!.Value));
        Assert.Equal(["phr"], resource.SignIn.AnyAcr);
    }

    [Fact, Trait("Spec", "JAG-25")]
    public void Copies_nothing_and_asks_for_nothing_unless_it_is_written()
    {
        var catalog = Acme.Snapshot(Acme.Rule).Catalog;
        var (server, resource) = (catalog.AuthorizationServers["acme"], catalog.Resources["wiki"]);

        Assert.Equal((JwsAlgorithm.ES256, null, null, null), (server.Token.Algorithm, server.Token.Tenant, server.Token.AudienceTenant, server.Token.AudienceSubjectClaim));
        Assert.Empty(server.Token.Claims);
        Assert.Empty(server.Token.AudienceSubjects);
        Assert.Equal((ResourceParameter.Default, ScopeMode.Narrow), (server.ResourceParameter, resource.ScopeMode));
        Assert.Empty(server.SignIn.AnyAcr.AddRange(resource.SignIn.AnyAcr));
        Assert.Null(server.SignIn.MaxAge ?? resource.SignIn.MaxAge);
    }

    [Theory, Trait("Spec", "JAG-25")]
    [InlineData("nonce")]
    [InlineData("at_hash")]
    [InlineData("c_hash")]
    [InlineData("s_hash")]
    [InlineData("azp")]
    [InlineData("sid")]
    [InlineData("cnf")]
    [InlineData("act")]
    [InlineData("may_act")]
    [InlineData("iss")]
    [InlineData("sub")]
    [InlineData("sub_id")]
    [InlineData("aud")]
    [InlineData("exp")]
    [InlineData("iat")]
    [InlineData("nbf")]
    [InlineData("jti")]
    [InlineData("client_id")]
    [InlineData("scope")]
    [InlineData("resource")]
    [InlineData("authorization_details")]
    [InlineData("auth_time")]
    [InlineData("acr")]
    [InlineData("amr")]
    [InlineData("tenant")]
    [InlineData("aud_tenant")]
    [InlineData("aud_sub")]
    [InlineData("events")]
    public void Refuses_to_copy_a_claim_with_a_meaning_of_its_own(string claim) =>
        Refuses(Server, $"claims: [{claim}]", claim + "]", nameof(PolicyDiagnosticCode.ValueInvalid), "never copied");

    [Theory, Trait("Spec", "JAG-25")]
    [InlineData("department", "department]", nameof(PolicyDiagnosticCode.WordUnknown), "neither a registered claim")]
    [InlineData("access_token", "access_token]", nameof(PolicyDiagnosticCode.WordUnknown), "neither")]
    [InlineData("id_token", "id_token]", nameof(PolicyDiagnosticCode.WordUnknown), "neither")]
    [InlineData("Email", "Email]", nameof(PolicyDiagnosticCode.WordUnknown), "did you mean 'email'?")]
    [InlineData("\"javascript:x\"", "\"javascript:x\"", nameof(PolicyDiagnosticCode.WordUnknown), "neither")]
    [InlineData("\"https://acme.example/a b\"", "\"https://acme.example/a b\"", nameof(PolicyDiagnosticCode.WordUnknown), "neither")]
    [InlineData("email_verified", "email_verified]", nameof(PolicyDiagnosticCode.ValueInvalid), "comes with 'email'")]
    [InlineData("email, email", "email]", nameof(PolicyDiagnosticCode.ValueDuplicate), "twice")]
    public void Refuses_to_copy_a_claim_that_anybody_may_mean_otherwise(string claims, string marked, string code, string message) =>
        Refuses(Server, $"claims: [{claims}]", marked, code, message);

    [Theory]
    [InlineData("algorithm: HS256", "HS256", nameof(PolicyDiagnosticCode.WordUnknown)), Trait("Spec", "SEC-02")]
    [InlineData("algorithm: none", "none", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("algorithm: PS256", "PS256", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("tenant: \"a b\"", "\"a b\"", nameof(PolicyDiagnosticCode.ValueInvalid)), Trait("Spec", "JAG-18")]
    [InlineData("tenant: 7", "7}", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("audTenant: \"\"", "\"\"", nameof(PolicyDiagnosticCode.ValueInvalid)), Trait("Spec", "JAG-19")]
    [InlineData("audSub: {00u-ana: acc-1}", "00u-ana", nameof(PolicyDiagnosticCode.ValueInvalid)), Trait("Spec", "JAG-20")]
    [InlineData("audSub: {\"entra|1\": acc-1}", "\"entra|1\"", nameof(PolicyDiagnosticCode.IdpUnknown))]
    [InlineData("audSub: {\"okta|a\": acc-1, \"okta|b\": acc-1}", "acc-1}}", nameof(PolicyDiagnosticCode.ValueDuplicate))]
    [InlineData("audSub: {\"okta|a\": acc-1}, audSubClaim: employee_id", "audSubClaim", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("audSubClaim: email", "email}", nameof(PolicyDiagnosticCode.ValueInvalid)), Trait("Spec", "SEC-35")]
    [InlineData("resourceParameter: maybe", "maybe", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("requireAcr: [\"a b\"]", "\"a b\"", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("requireAcr: []", "[]", nameof(PolicyDiagnosticCode.ListEmpty))]
    [InlineData("maxSignInAge: 13h", "13h", nameof(PolicyDiagnosticCode.DurationOutOfRange))]
    [InlineData("maxSignInAge: 59s", "59s", nameof(PolicyDiagnosticCode.DurationOutOfRange))]
    public void Refuses_a_bad_field_of_an_authorization_server(string field, string marked, string code) => Refuses(Server, field, marked, code);

    [Theory]
    [InlineData("scopeMode: strict", "strict", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("requireAcr: phr", "phr}", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("algorithm: RS256", "algorithm", nameof(PolicyDiagnosticCode.FieldUnknown))]
    public void Refuses_a_bad_field_of_a_resource(string field, string marked, string code) => Refuses(Wiki, field, marked, code);
}
