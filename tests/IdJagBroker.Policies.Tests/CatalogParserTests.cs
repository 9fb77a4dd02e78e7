using System.Security.Cryptography;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using Xunit;

namespace IdJagBroker.Tests.Policies;

/// <summary>Each field of a catalogue: read when right, refused at its place when wrong, alone.</summary>
public sealed class CatalogParserTests
{
    private const string Claude = "claude: {clientIds: [id-claude], auth: private_key_jwt}";
    private const string Vscode = "vscode: {clientIds: [id-vscode], auth: client_secret}";
    private const string Okta = "okta: {issuer: \"https://acme.okta.com\", groupsClaim: groups}";
    private const string Server = "acme: {issuer: \"https://auth.acme.example\", clientIds: {claude: ac-cl, vscode: ac-vs}}";
    private const string Wiki = "wiki: {as: acme, uri: \"https://wiki.acme.example/mcp\", scopes: [doc:read, doc:write, admin], tags: [work]}";
    private const string Hash = "hmac-sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    private static string With(string entry, string changed)
    {
        Assert.Contains(entry, Acme.Catalog, StringComparison.Ordinal);
        return Acme.Catalog.Replace(entry, changed, StringComparison.Ordinal);
    }

    private static string Adding(string entry, string field) => With(entry, entry[..^1] + ", " + field + "}");

    private static Catalog Read(string catalog) => Acme.Snapshot(Acme.Rule, catalog).Catalog;

    private static void Refuses(string catalog, string marked, PolicyDiagnosticCode code, string? message = null) =>
        DiagnosticAssert.One(Acme.LoadRules(Acme.Rule, catalog), catalog, marked, code, message);

    [Fact]
    public void Reads_the_defaults_of_an_identity_provider()
    {
        var idp = Read(Acme.Catalog).Idps["okta"];
        Assert.Equal(("https://acme.okta.com", IdpKind.Oidc, "groups", "sub"), (idp.Issuer.Value, idp.Kind, idp.GroupsClaim, idp.SubjectClaim));
        Assert.Equal([JwsAlgorithm.RS256, JwsAlgorithm.ES256, JwsAlgorithm.PS256], idp.Algorithms);
        Assert.Equal(TimeSpan.FromHours(12), idp.MaxSignInAge);
        Assert.Null(idp.JwksUri);
        Assert.Empty(idp.Tenants);
        Assert.Empty(idp.EmailDomains);
    }

    [Fact]
    public void Reads_every_field_of_an_identity_provider()
    {
        var idp = Read(Adding(Okta, "kind: entra, subjectClaim: oid, tenants: [11111111-2222-3333-4444-555555555555], jwksUri: \"https://k.example/j?x=1\", "
            + "algorithms: [ES384], maxSignInAge: 90m, emailDomains: [acme.example, b.example]")).Idps["okta"];
        Assert.Equal((IdpKind.Entra, "oid", "https://k.example/j?x=1"), (idp.Kind, idp.SubjectClaim, idp.JwksUri!.OriginalString));
        Assert.Equal([Guid.Parse("11111111-2222-3333-4444-555555555555")], idp.Tenants);
        Assert.Equal([JwsAlgorithm.ES384], idp.Algorithms);
        Assert.Equal(TimeSpan.FromMinutes(90), idp.MaxSignInAge);
        Assert.Equal(["acme.example", "b.example"], idp.EmailDomains);
    }

    [Theory]
    [InlineData("kind: azure", "azure", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("kind: Okta", "Okta", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("tenants: [11111111-2222-3333-4444-555555555555]", "tenants", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("kind: entra, tenants: [acme]", "acme]", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("jwksUri: \"http://keys.example/\"", "\"http://keys", nameof(PolicyDiagnosticCode.UriInvalid))]
    [InlineData("jwksUri: \"https://u:p@keys.example/\"", "\"https://u:p", nameof(PolicyDiagnosticCode.UriInvalid))]
    [InlineData("algorithms: [RS256, HS256]", "HS256", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("algorithms: [none]", "none]", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("algorithms: []", "[]", nameof(PolicyDiagnosticCode.ListEmpty))]
    [InlineData("algorithms: RS256", "RS256", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("maxSignInAge: 13h", "13h", nameof(PolicyDiagnosticCode.DurationOutOfRange))]
    [InlineData("maxSignInAge: 0m", "0m", nameof(PolicyDiagnosticCode.DurationOutOfRange))]
    [InlineData("maxSignInAge: 12", "12}", nameof(PolicyDiagnosticCode.DurationInvalid))]
    [InlineData("maxSignInAge: -5m", "-5m", nameof(PolicyDiagnosticCode.DurationInvalid))]
    [InlineData("emailDomains: [Acme.example]", "Acme.example", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("emailDomains: [a.example, a.example]", "a.example]", nameof(PolicyDiagnosticCode.ValueDuplicate))]
    [InlineData("subjectClaim: 7", "7}", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("clientId: x", "clientId: x", nameof(PolicyDiagnosticCode.FieldUnknown))]
    public void Refuses_a_bad_field_of_an_identity_provider(string field, string marked, string code) =>
        Refuses(Adding(Okta, field), marked, Enum.Parse<PolicyDiagnosticCode>(code));

    [Theory, Trait("Spec", "SEC-01")]
    [InlineData("http://acme.okta.com")]
    [InlineData("http://127.0.0.1:9")]
    [InlineData("https://acme.okta.com?x=1")]
    [InlineData("acme.okta.com")]
    public void Refuses_an_issuer_that_is_none(string issuer) =>
        Refuses(With("https://acme.okta.com", issuer), $"\"{issuer}\"", PolicyDiagnosticCode.IssuerInvalid);

    [Fact, Trait("Spec", "SEC-01")]
    public void Takes_http_on_loopback_only_when_told_so()
    {
        using var folder = new PolicyFolderFixture()
            .With("a.yaml", With("https://acme.okta.com", "http://127.0.0.1:5001")).With("b.yaml", Acme.PolicyHead + Acme.Rule);
        Assert.Null(folder.Load().Snapshot);
        Assert.NotNull(PolicyFiles.Load(folder.Root, allowLoopbackHttp: true).Snapshot);
        folder.With("a.yaml", With("https://acme.okta.com", "http://10.0.0.1:5001"));
        Assert.Null(PolicyFiles.Load(folder.Root, allowLoopbackHttp: true).Snapshot);
    }

    [Fact]
    public void Refuses_an_issuer_that_is_missing() =>
        Refuses(With("issuer: \"https://acme.okta.com\", ", ""), "okta: {groups", PolicyDiagnosticCode.FieldMissing, "'issuer' is missing");

    [Fact]
    public void Refuses_two_providers_with_one_issuer() =>
        Refuses(With(Okta, Okta + "\n  zwei: {issuer: \"https://acme.okta.com/\"}"), "\"https://acme.okta.com/\"", PolicyDiagnosticCode.IssuerDuplicate, "belongs to okta");

    [Fact]
    public void Refuses_a_mail_domain_that_two_providers_speak_for() =>
        Refuses(With(Okta, Okta[..^1] + ", emailDomains: [a.example]}\n  zwei: {issuer: \"https://b.example\", emailDomains: [ a.example]}"),
            "a.example]}\ngroups", PolicyDiagnosticCode.DomainDuplicate);

    [Theory]
    [InlineData("ctr: {idp: okta, id: 00g-ctr}", "ctr: {idp: okta, id:  00g-eng}", " 00g-eng", nameof(PolicyDiagnosticCode.GroupDuplicate))]
    [InlineData("ctr: {idp: okta, id: 00g-ctr}", "ctr: {idp: otka, id: 00g-ctr}", "otka", nameof(PolicyDiagnosticCode.IdpUnknown))]
    [InlineData("ctr: {idp: okta, id: 00g-ctr}", "ctr: {idp: okta, id: 007}", "007", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("ctr: {idp: okta, id: 00g-ctr}", "ctr: {idp: okta, name: Contractors, id: 00g-ctr}", "name: Contractors", nameof(PolicyDiagnosticCode.FieldUnknown))]
    [InlineData("ctr: {idp: okta, id: 00g-ctr}", "ctr: {idp: okta}", "ctr: {", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("ctr: {idp: okta, id: 00g-ctr}", "ctr: 00g-ctr", "00g-ctr", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("  ctr: {idp", "  \"c t r\": {idp", "\"c t r\"", nameof(PolicyDiagnosticCode.AliasInvalid))]
    [InlineData("  ctr: {idp", "  çtr: {idp", "çtr", nameof(PolicyDiagnosticCode.AliasInvalid))]
    [InlineData("  ctr: {idp", "  eng: {idp", "eng: {idp: okta, id: 00g-ctr", nameof(PolicyDiagnosticCode.KeyDuplicate))]
    public void Refuses_a_bad_group(string entry, string changed, string marked, string code)
    {
        var catalog = With(entry, changed);
        Refuses(catalog, marked == " 00g-eng" ? "00g-eng}\n  fin" : marked, Enum.Parse<PolicyDiagnosticCode>(code));
    }

    [Fact]
    public void Lets_two_providers_have_a_group_of_the_same_id_and_keeps_them_apart()
    {
        var catalog = Read(With(Okta, Okta + "\n  zwei: {issuer: \"https://b.example\"}")
            .Replace("ctr: {idp: okta, id: 00g-ctr}", "ctr: {idp: zwei, id: 00g-eng}", StringComparison.Ordinal));
        Assert.Equal(["eng"], catalog.GroupAliases("okta", ["00g-eng", "unknown", "00G-ENG"]));
        Assert.Equal(["ctr"], catalog.GroupAliases("zwei", ["00g-eng"]));
        Assert.Empty(catalog.GroupAliases("drei", ["00g-eng"]));
    }

    [Fact]
    public void Reads_every_field_of_a_client()
    {
        var client = Read(Adding(Vscode, $"dpop: required, trust: internal, subjectTokenAudiences: {{okta: [aud-1, aud-2]}}, secretHashes: [\"{Hash}\"], enabled: false")).Clients["vscode"];
        Assert.Equal((ClientAuth.ClientSecret, DpopUse.Required, ClientTrust.Internal, false), (client.Auth, client.Dpop, client.Trust, client.Enabled));
        Assert.Equal(["id-vscode"], client.ClientIds);
        Assert.Equal([Hash], client.SecretHashes);
        Assert.True(client.SubjectTokenAudiences["okta"].SetEquals(["aud-1", "aud-2"]));
        var plain = Read(Acme.Catalog).Clients["claude"];
        Assert.Equal((ClientAuth.PrivateKeyJwt, DpopUse.None, ClientTrust.Vendor, true), (plain.Auth, plain.Dpop, plain.Trust, plain.Enabled));
        Assert.Empty(plain.SubjectTokenAudiences);
    }

    [Theory]
    [InlineData("auth: client_secret", "auth: none", "none}", nameof(PolicyDiagnosticCode.PublicClient))]
    [InlineData("auth: client_secret", "auth: client-secret", "client-secret", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("auth: client_secret", "auth: client_secret_jwt", "client_secret_jwt", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData(", auth: client_secret", "", "vscode: {", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("clientIds: [id-vscode], ", "", "vscode: {", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("[id-vscode]", "[]", "[], auth", nameof(PolicyDiagnosticCode.ListEmpty))]
    [InlineData("[id-vscode]", "[ id-claude]", "id-claude], auth: client", nameof(PolicyDiagnosticCode.ClientIdDuplicate))]
    [InlineData("[id-vscode]", "[\"id-\u0131\"]", "\"id-\u0131\"", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("auth: client_secret", "auth: client_secret, dpop: yes", "yes", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("auth: client_secret", "auth: client_secret, trust: me", "me}", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("auth: client_secret", "auth: client_secret, enabled: \"true\"", "\"true\"", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("auth: client_secret", "auth: client_secret, enabled: yes", "yes", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("auth: client_secret", "auth: client_secret, subjectTokenAudiences: {otka: [a]}", "otka", nameof(PolicyDiagnosticCode.IdpUnknown))]
    [InlineData("auth: client_secret", "auth: client_secret, subjectTokenAudiences: {okta: a1}", "a1}", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("auth: client_secret", "auth: client_secret, jwks: {keys: [{kty: x}]}", "jwks", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("auth: client_secret", "auth: client_secret, redirectUris: [x]", "redirectUris", nameof(PolicyDiagnosticCode.FieldUnknown))]
    public void Refuses_a_bad_field_of_a_client(string was, string changed, string marked, string code) =>
        Refuses(With(Vscode, Vscode.Replace(was, changed, StringComparison.Ordinal)), marked, Enum.Parse<PolicyDiagnosticCode>(code));

    [Theory]
    [InlineData("\"hmac-sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"")]     // 42
    [InlineData("\"hmac-sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB\"")]    // stray bits
    [InlineData("\"hmac-sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+A\"")]    // base64, not base64url
    [InlineData("\"HMAC-SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"")]
    [InlineData("\"my-very-secret-password\"")]
    public void Refuses_a_secret_hash_that_is_none_and_never_shows_it(string hash)
    {
        var load = Acme.LoadRules(Acme.Rule, Adding(Vscode, $"secretHashes: [{hash}]"));
        DiagnosticAssert.One(load, Adding(Vscode, $"secretHashes: [{hash}]"), hash, PolicyDiagnosticCode.SecretHashInvalid);
        Assert.DoesNotContain(hash.Trim('"'), PolicyDiagnosticText.Render(load.Diagnostics), StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_third_secret_and_a_secret_of_a_client_with_a_key()
    {
        var other = Hash[..^2] + "BA";
        var third = Hash[..^2] + "CA";
        Refuses(Adding(Vscode, $"secretHashes: [\"{Hash}\", \"{other}\", \"{third}\"]"), $"\"{third}\"", PolicyDiagnosticCode.ListTooLong);
        Refuses(Adding(Claude, $"secretHashes: [\"{Hash}\"]"), "secretHashes", PolicyDiagnosticCode.FieldNotApplicable);
    }

    [Fact]
    public void Warns_when_two_clients_can_present_each_others_id_tokens()
    {
        var catalog = Adding(Vscode, "subjectTokenAudiences: {okta: [ shared]}").Replace(Claude, Claude[..^1] + ", subjectTokenAudiences: {okta: [shared]}}", StringComparison.Ordinal);
        DiagnosticAssert.One(Acme.LoadRules(Acme.Rule, catalog), catalog, "shared]}}\nauth", PolicyDiagnosticCode.AudienceShared, "claude", warning: true);
    }

    [Fact]
    public void Reads_the_public_keys_of_a_client()
    {
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var keys = Read(Adding(Claude, "jwks: " + Jwks(ec))).Clients["claude"].Keys!;
        Assert.Equal(JsonWebKey.Of(ec).Thumbprint, Assert.Single(keys.Keys).Thumbprint);
    }

    [Fact]
    public void Refuses_a_private_key_and_does_not_show_it()
    {
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var catalog = Adding(Claude, "jwks: " + Jwks(ec).Replace("}]}", ", d: \"c2VjcmV0\"}]}", StringComparison.Ordinal));
        var load = Acme.LoadRules(Acme.Rule, catalog);
        DiagnosticAssert.One(load, catalog, "d: \"c2V", PolicyDiagnosticCode.JwksPrivate);
        Assert.DoesNotContain("c2VjcmV0", PolicyDiagnosticText.Render(load.Diagnostics), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{keys: [{kty: EC, crv: P-256, x: AAAA, y: AAAA}]}", "[{kty", nameof(PolicyDiagnosticCode.JwksInvalid))]
    [InlineData("{keys: [{kty: oct, k: c2VjcmV0}]}", "k: c2V", nameof(PolicyDiagnosticCode.JwksPrivate))]
    [InlineData("{keys: [word]}", "[word", nameof(PolicyDiagnosticCode.JwksInvalid))]
    [InlineData("{keys: []}", "[]}", nameof(PolicyDiagnosticCode.ListEmpty))]
    [InlineData("{}", "{}}", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("[]", "[]}", nameof(PolicyDiagnosticCode.TypeWrong))]
    public void Refuses_a_key_set_without_a_usable_key(string jwks, string marked, string code) =>
        Refuses(Adding(Claude, "jwks: " + jwks), marked, Enum.Parse<PolicyDiagnosticCode>(code));

    [Fact, Trait("Spec", "SEC-11")]
    public void Refuses_two_keys_of_one_kid()
    {
        using var one = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var two = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var both = Jwks(one)[..^2] + ", " + Jwks(two)["{keys: [".Length..];
        Refuses(Adding(Claude, "jwks: " + both), "[{kty", PolicyDiagnosticCode.JwksInvalid, "two keys have the same kid");
    }

    [Fact]
    public void Reads_every_field_of_an_authorization_server()
    {
        var server = Read(Adding(Server, "audienceAliases: [\"urn:acme:as\"], subject: \"claim:employee_id\", maxLifetime: 2m, enabled: false")).AuthorizationServers["acme"];
        Assert.Equal(["urn:acme:as"], server.AudienceAliases);
        Assert.Equal(new SubjectStrategy(SubjectSource.Claim, "employee_id"), server.Subject);
        Assert.Equal((TimeSpan.FromMinutes(2), false), (server.MaxLifetime!.Value, server.Enabled));
        Assert.Equal("ac-cl", server.ClientIds["claude"]);
        var plain = Read(Acme.Catalog).AuthorizationServers["other"];
        Assert.Equal((SubjectStrategy.Broker, null, true, 0), (plain.Subject, plain.MaxLifetime, plain.Enabled, plain.ClientIds.Count));
    }

    [Theory]
    [InlineData("broker", nameof(SubjectSource.Broker))]
    [InlineData("upstream_sub", nameof(SubjectSource.UpstreamSub))]
    [InlineData("pairwise", nameof(SubjectSource.Pairwise))]
    [InlineData("email", nameof(SubjectSource.Email))]
    public void Reads_each_way_to_choose_the_subject(string word, string source) =>
        Assert.Equal(new SubjectStrategy(Enum.Parse<SubjectSource>(source)), Read(Adding(Server, "subject: " + word)).AuthorizationServers["acme"].Subject);

    [Theory]
    [InlineData("subject: upstream-sub", "upstream-sub", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("subject: \"claim:\"", "\"claim:\"", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("maxLifetime: 11m", "11m", nameof(PolicyDiagnosticCode.DurationOutOfRange))]
    [InlineData("maxLifetime: 29s", "29s", nameof(PolicyDiagnosticCode.DurationOutOfRange))]
    [InlineData("maxLifetime: 5 m", "5 m", nameof(PolicyDiagnosticCode.DurationInvalid))]
    [InlineData("maxLifetime: 300", "300", nameof(PolicyDiagnosticCode.DurationInvalid))]
    [InlineData("audienceAliases: [\"https://auth.other.example/\"]", "\"https://auth.other.example\"", nameof(PolicyDiagnosticCode.AudienceDuplicate))]
    [InlineData("audienceAliases: [a, b, a]", "a]}\n  other", nameof(PolicyDiagnosticCode.ValueDuplicate))]
    [InlineData("tokenEndpoint: x", "tokenEndpoint", nameof(PolicyDiagnosticCode.FieldUnknown))]
    public void Refuses_a_bad_field_of_an_authorization_server(string field, string marked, string code) =>
        Refuses(Adding(Server, field), marked, Enum.Parse<PolicyDiagnosticCode>(code));

    [Theory, Trait("Spec", "SEC-35")]
    [InlineData("email")]
    [InlineData("preferred_username")]
    [InlineData("upn")]
    [InlineData("name")]
    public void Refuses_a_claim_that_can_change_hands_as_the_subject(string claim) =>
        Refuses(Adding(Server, $"subject: \"claim:{claim}\""), $"\"claim:{claim}\"", PolicyDiagnosticCode.ValueInvalid, "can change hands");

    [Fact]
    public void Refuses_the_id_of_a_client_that_is_not_there() =>
        Refuses(With("{claude: ac-cl", "{cluade: ac-cl"), "cluade", PolicyDiagnosticCode.ClientUnknown, "(did you mean 'claude'?)");

    [Fact]
    public void Refuses_two_servers_of_one_issuer() =>
        Refuses(With("https://auth.other.example", "https://AUTH.acme.example"), "\"https://AUTH", PolicyDiagnosticCode.IssuerDuplicate);

    [Fact, Trait("Spec", "SEC-34")]
    public void Finds_a_server_by_its_issuer_then_by_the_one_equivalence_then_by_an_alias()
    {
        var catalog = Read(Adding(Server, "audienceAliases: [\"urn:acme:as\", \"https://old.acme.example/x\"]"));
        foreach (var audience in (string[])["https://auth.acme.example", "https://auth.acme.example/", "HTTPS://AUTH.acme.example:443", "urn:acme:as", "https://old.acme.example/x"])
            Assert.Equal("acme", catalog.FindAuthorizationServer(audience)?.Alias);
        foreach (var audience in (string[])["https://auth.acme.example/x", "urn:acme:AS", "https://old.acme.example/x/", "acme", "", "https://auth.acme.example?"])
            Assert.Null(catalog.FindAuthorizationServer(audience));
    }

    [Fact]
    public void Reads_every_field_of_a_resource()
    {
        var resource = Read(Adding(Wiki, "defaultScopes: [doc:read], enabled: false")).Resources["wiki"];
        Assert.Equal(("acme", "https://wiki.acme.example/mcp", "doc:read doc:write admin", "doc:read", false),
            (resource.AuthorizationServer, resource.Uri.Value, resource.Scopes.ToString(), resource.DefaultScopes.ToString(), resource.Enabled));
        Assert.Equal(["work"], resource.Tags);
    }

    [Theory]
    [InlineData("as: acme", "as: acmee", "acmee", nameof(PolicyDiagnosticCode.AsUnknown))]
    [InlineData("as: acme, ", "", "wiki: {", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("https://wiki.acme.example/mcp", "https://wiki.acme.example/mcp#x", "\"https://wiki", nameof(PolicyDiagnosticCode.UriInvalid))]
    [InlineData("https://wiki.acme.example/mcp", "urn:wiki", "\"urn:wiki", nameof(PolicyDiagnosticCode.UriInvalid))]
    [InlineData("admin]", "\"a b\", admin]", "\"a b\"", nameof(PolicyDiagnosticCode.ScopeInvalid))]
    [InlineData("admin]", "\"doc:*\", admin]", "\"doc:*\"", nameof(PolicyDiagnosticCode.ScopeInvalid))]
    [InlineData("admin]", "admin, doc:read]", "doc:read], tags", nameof(PolicyDiagnosticCode.ValueDuplicate))]
    [InlineData("tags: [work]", "defaultScopes: [doc:raed]", "doc:raed", nameof(PolicyDiagnosticCode.ScopeUnknown))]
    [InlineData("tags: [work]", "default: true", "default: true", nameof(PolicyDiagnosticCode.FieldUnknown))]
    [InlineData("tags: [work]", "scopesMode: exact", "scopesMode", nameof(PolicyDiagnosticCode.FieldUnknown))]
    public void Refuses_a_bad_field_of_a_resource(string was, string changed, string marked, string code) =>
        Refuses(With(Wiki, Wiki.Replace(was, changed, StringComparison.Ordinal)), marked, Enum.Parse<PolicyDiagnosticCode>(code));

    [Fact]
    public void Refuses_two_resources_of_one_uri() =>
        Refuses(With("https://code.acme.example/mcp", "https://WIKI.acme.example/mcp"), "\"https://WIKI", PolicyDiagnosticCode.ResourceDuplicate, "belongs to wiki");

    [Fact, Trait("Spec", "IDP-14")]
    public void Has_a_default_resource_only_where_exactly_one_is_enabled()
    {
        Assert.Null(Read(Acme.Catalog).DefaultResource("acme"));
        Assert.Equal("mail", Read(Acme.Catalog).DefaultResource("other")!.Alias);
        Assert.Equal("code", Read(Adding(Wiki, "enabled: false")).DefaultResource("acme")!.Alias);
        Assert.Null(Read(Acme.Catalog).DefaultResource("nowhere"));
    }

    [Fact, Trait("Spec", "SEC-34")]
    public void Finds_clients_and_issuers_ordinally()
    {
        var catalog = Read(With("id-claude", "ID-i"));
        Assert.NotNull(catalog.FindClient("ID-i"));
        foreach (var id in (string[])["id-i", "ID-I", "ID-\u0131", "ID-\u0130", "ID-i "]) Assert.Null(catalog.FindClient(id));
        Assert.NotNull(catalog.FindIdp("https://acme.okta.com"));
        Assert.Null(catalog.FindIdp("https://acme.okta.com/"));
    }

    private static string Jwks(ECDsa key)
    {
        var q = key.ExportParameters(false).Q;
        return $"{{keys: [{{kty: EC, crv: P-256, use: sig, kid: k1, x: \"{Encode(q.X!)}\", y: \"{Encode(q.Y!)}\"}}]}}";
        static string Encode(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
    }
}
