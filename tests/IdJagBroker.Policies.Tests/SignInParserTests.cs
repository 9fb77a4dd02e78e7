using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;
using Xunit;

namespace IdJagBroker.Tests.Policies;

/// <summary><c>signIn</c> of identity providers and of clients, and public clients: each field read when right, refused at its place when wrong, alone.</summary>
public sealed class SignInParserTests
{
    private const string Okta = "okta: {issuer: \"https://acme.okta.com\", groupsClaim: groups}";
    private const string OktaSignIn = "okta: {issuer: \"https://acme.okta.com\", groupsClaim: groups, signIn: {clientId: broker-at-okta}}";
    private const string Vscode = "vscode: {clientIds: [id-vscode], auth: client_secret}";
    private const string RedirectUris = "redirectUris: [\"http://127.0.0.1/cb\"]";
    private const string Public = "vscode: {clientIds: [id-vscode], auth: none, signIn: {" + RedirectUris + "}}";

    private static string Catalog(string idp, string client) =>
        Acme.Catalog.Replace(Okta, idp, StringComparison.Ordinal).Replace(Vscode, client, StringComparison.Ordinal);

    private static string Idp(string signIn) => Catalog(Okta[..^1] + ", signIn: " + signIn + "}", Vscode);

    private static string Client(string signIn) => Catalog(OktaSignIn, Vscode[..^1] + ", signIn: " + signIn + "}");

    private static Catalog Read(string catalog) => Acme.Snapshot(Acme.Rule, catalog).Catalog;

    private static void Refuses(string catalog, string marked, PolicyDiagnosticCode code, string? message = null) =>
        DiagnosticAssert.One(Acme.LoadRules(Acme.Rule, catalog), catalog, marked, code, message);

    [Fact]
    public void Nobody_signs_in_where_nothing_is_said()
    {
        var catalog = Read(Acme.Catalog);
        Assert.Null(catalog.Idps["okta"].SignIn);
        Assert.Null(catalog.Clients["vscode"].SignIn);
    }

    [Fact]
    public void Reads_the_defaults_of_a_provider()
    {
        var signIn = Read(Idp("{clientId: x}")).Idps["okta"].SignIn!;
        Assert.Equal(("x", UpstreamAuth.ClientSecretBasic, "openid profile email", "okta", TimeSpan.FromMinutes(15)),
            (signIn.ClientId, signIn.Auth, signIn.Scopes.ToString(), signIn.Name, signIn.RecheckAfter));
    }

    [Theory]
    [InlineData("client_secret_basic", nameof(UpstreamAuth.ClientSecretBasic))]
    [InlineData("client_secret_post", nameof(UpstreamAuth.ClientSecretPost))]
    [InlineData("private_key_jwt", nameof(UpstreamAuth.PrivateKeyJwt))]
    public void Reads_every_field_of_a_provider(string word, string auth)
    {
        var signIn = Read(Idp($"{{clientId: x, auth: {word}, scopes: [openid, offline_access], name: \"Acme’s Okta\", recheckAfter: 1m}}")).Idps["okta"].SignIn!;
        Assert.Equal((Enum.Parse<UpstreamAuth>(auth), "openid offline_access", "Acme’s Okta", TimeSpan.FromMinutes(1)),
            (signIn.Auth, signIn.Scopes.ToString(), signIn.Name, signIn.RecheckAfter));
    }

    [Theory]
    [InlineData("{}", "{}}\ngroups", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("x", "x}\ngroups", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("{clientId: x, auth: client_secret}", "client_secret}}\ngroups", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("{clientId: x, auth: none}", "none}", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("{clientId: x, scopes: [profile, email]}", "[profile", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("{clientId: x, scopes: []}", "[]}}", nameof(PolicyDiagnosticCode.ListEmpty))]
    [InlineData("{clientId: x, scopes: openid}", "openid}", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("{clientId: x, scopes: [openid, \"a b\"]}", "\"a b\"", nameof(PolicyDiagnosticCode.ScopeInvalid))]
    [InlineData("{clientId: x, scopes: [openid, email, openid]}", "openid]", nameof(PolicyDiagnosticCode.ValueDuplicate))]
    [InlineData("{clientId: x, name: \"\"}", "\"\"}}", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("{clientId: x, name: LONG}", "LLLL", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("{clientId: x, recheckAfter: 59s}", "59s", nameof(PolicyDiagnosticCode.DurationOutOfRange))]
    [InlineData("{clientId: x, recheckAfter: 13h}", "13h", nameof(PolicyDiagnosticCode.DurationOutOfRange))]
    [InlineData("{clientId: x, recheckAfter: 5}", "5}}", nameof(PolicyDiagnosticCode.DurationInvalid))]
    [InlineData("{clientId: x, scope: openid}", "scope: openid", nameof(PolicyDiagnosticCode.FieldUnknown), "did you mean 'scopes'?")]
    [InlineData("{clientId: x, secret: s}", "secret: s", nameof(PolicyDiagnosticCode.FieldUnknown))]
    public void Refuses_a_bad_field_of_a_provider(string signIn, string marked, string code, string? message = null) =>
        Refuses(Idp(signIn.Replace("LONG", new string('L', 101), StringComparison.Ordinal)), marked, Enum.Parse<PolicyDiagnosticCode>(code), message);

    [Fact]
    public void Sends_people_to_a_provider_of_several_tenants() =>
        Assert.Equal("x", Read(Catalog("okta: {issuer: \"https://login.microsoftonline.com/{tenantid}/v2.0\", kind: entra, "
            + "tenants: [11111111-2222-3333-4444-555555555555, 21111111-2222-3333-4444-555555555555], signIn: {clientId: x}}", Vscode)).Idps["okta"].SignIn!.ClientId);

    [Fact]
    public void Reads_the_defaults_of_a_client()
    {
        var signIn = Read(Client($"{{{RedirectUris}}}")).Clients["vscode"].SignIn!;
        Assert.Equal(["http://127.0.0.1/cb"], signIn.RedirectUris);
        Assert.Empty(signIn.PostLogoutRedirectUris);
        Assert.Empty(signIn.Idps);
        Assert.Equal(("vscode", true), (signIn.Name, signIn.RefreshTokens));
    }

    [Fact]
    public void Reads_every_field_of_a_client()
    {
        var signIn = Read(Client("{redirectUris: [\"https://a.example/cb?x=1\", \"com.example.app:/cb\"], postLogoutRedirectUris: [\"https://a.example/bye\"], "
            + "name: \"Visual Studio Code\", idps: [okta], refreshTokens: false}")).Clients["vscode"].SignIn!;
        Assert.Equal(["https://a.example/cb?x=1", "com.example.app:/cb"], signIn.RedirectUris);
        Assert.Equal(["https://a.example/bye"], signIn.PostLogoutRedirectUris);
        Assert.Equal(["okta"], signIn.Idps);
        Assert.Equal(("Visual Studio Code", false), (signIn.Name, signIn.RefreshTokens));
    }

    [Theory]
    [InlineData("{}", "{}}\nauth", nameof(PolicyDiagnosticCode.FieldMissing), "'redirectUris' is missing")]
    [InlineData("{redirectUris: []}", "[]}}\nauth", nameof(PolicyDiagnosticCode.ListEmpty))]
    [InlineData("{redirectUris: \"https://a.example/\"}", "\"https://a.example/", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("{redirectUris: [\"https://a.example/\", \"https://a.example/\"]}", "\"https://a.example/\"]", nameof(PolicyDiagnosticCode.ValueDuplicate))]
    [InlineData("{URIS, postLogoutRedirectUris: [\"http://a.example/\"]}", "\"http://a.example/", nameof(PolicyDiagnosticCode.UriInvalid), "plain http")]
    [InlineData("{URIS, postLogoutRedirectUris: []}", "[]}}", nameof(PolicyDiagnosticCode.ListEmpty))]
    [InlineData("{URIS, idps: []}", "[]}}", nameof(PolicyDiagnosticCode.ListEmpty))]
    [InlineData("{URIS, idps: [otka]}", "otka", nameof(PolicyDiagnosticCode.IdpUnknown), "did you mean 'okta'?")]
    [InlineData("{URIS, name: \"  \"}", "\"  \"", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("{URIS, refreshTokens: \"no\"}", "\"no\"", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("{URIS, redirectUri: x}", "redirectUri: x", nameof(PolicyDiagnosticCode.FieldUnknown), "did you mean 'redirectUris'?")]
    [InlineData("x", "x}\nauth", nameof(PolicyDiagnosticCode.TypeWrong))]
    public void Refuses_a_bad_field_of_a_client(string signIn, string marked, string code, string? message = null) =>
        Refuses(Client(signIn.Replace("URIS", RedirectUris, StringComparison.Ordinal)), marked, Enum.Parse<PolicyDiagnosticCode>(code), message);

    [Theory]
    [InlineData("http://a.example/cb", "is plain http")]
    [InlineData("https://a.example/*", "has a star")]
    [InlineData("javascript:alert(1)", "has a scheme")]
    public void Refuses_a_redirect_uri_that_is_none_and_says_why(string uri, string why) =>
        Refuses(Client($"{{redirectUris: [\"{uri}\"]}}"), $"\"{uri}\"", PolicyDiagnosticCode.UriInvalid, why);

    [Fact]
    public void Refuses_a_client_that_may_only_choose_a_provider_to_which_nobody_is_sent()
    {
        var catalog = Client($"{{{RedirectUris}, idps: [zwei]}}").Replace(OktaSignIn, OktaSignIn + "\n  zwei: {issuer: \"https://b.example\"}", StringComparison.Ordinal);
        Refuses(catalog, "zwei]", PolicyDiagnosticCode.SignInMissing, "zwei has no 'signIn'");
    }

    [Fact]
    public void Refuses_clients_for_signing_in_when_there_is_nowhere_to_sign_in_and_says_it_once()
    {
        var catalog = Catalog(Okta, Vscode[..^1] + $", signIn: {{{RedirectUris}, idps: [okta]}}}}")
            .Replace("auth: private_key_jwt}", $"auth: private_key_jwt, signIn: {{{RedirectUris}}}}}", StringComparison.Ordinal);
        Refuses(catalog, "signIn", PolicyDiagnosticCode.SignInMissing, "no identity provider has 'signIn'");
    }

    [Fact, Trait("Spec", "C-18")]
    public void Reads_a_public_client()
    {
        var client = Read(Catalog(OktaSignIn, Public)).Clients["vscode"];
        Assert.Equal((ClientAuth.None, null, null, false), (client.Auth, client.Keys, client.JwksUri, client.PrivateNetwork));
        Assert.Empty(client.SecretHashes);
        Assert.Empty(client.SubjectTokenAudiences);
        Assert.NotNull(client.SignIn);
    }

    [Theory, Trait("Spec", "C-18")]
    [InlineData("secretHashes: [\"hmac-sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"]", "secretHashes")]
    [InlineData("jwks: {keys: [{kty: EC}]}", "jwks")]
    [InlineData("jwksUri: \"https://k.example/j\"", "jwksUri")]
    [InlineData("privateNetwork: true", "privateNetwork")]
    [InlineData("subjectTokenAudiences: {okta: [x]}", "subjectTokenAudiences")]
    public void Refuses_a_public_client_with_what_only_a_confidential_one_has(string field, string marked) =>
        Refuses(Catalog(OktaSignIn, Public[..^1] + ", " + field + "}"), marked, PolicyDiagnosticCode.FieldNotApplicable);

    [Fact, Trait("Spec", "C-18")]
    public void Refuses_a_public_client_through_which_nobody_signs_in() =>
        Refuses(Catalog(OktaSignIn, "vscode: {clientIds: [id-vscode], auth: none}"), "none}", PolicyDiagnosticCode.PublicClient, "give it 'signIn'");

    [Fact, Trait("Spec", "C-18")]
    public void Refuses_a_public_client_in_the_registry() =>
        Refuses(Catalog(OktaSignIn, Public.Replace("clientIds: [id-vscode]", "registration: database", StringComparison.Ordinal)), "none,", PolicyDiagnosticCode.PublicClient, "client registry");

    [Fact]
    public void Reads_clients_that_are_registered_elsewhere()
    {
        var catalog = Read(Catalog(OktaSignIn, Vscode
            + "\n  doc: {registration: metadata_document, documents: [\"https://c.example/doc\"], auth: none, privateNetwork: true, dpop: required, signIn: {name: Doc}}"
            + $"\n  reg: {{registration: database, auth: client_secret, signIn: {{{RedirectUris}}}}}"));
        var doc = catalog.Clients["doc"];
        Assert.Equal((ClientAuth.None, true, true, "Doc"), (doc.Auth, doc.ByDocument, doc.PrivateNetwork, doc.SignIn!.Name));
        Assert.Empty(doc.SignIn.RedirectUris);
        Assert.Equal(["http://127.0.0.1/cb"], catalog.Clients["reg"].SignIn!.RedirectUris);
    }

    [Theory]
    [InlineData("redirectUris")]
    [InlineData("postLogoutRedirectUris")]
    public void Refuses_addresses_that_the_clients_document_has(string field)
    {
        var catalog = Catalog(OktaSignIn, Vscode + $"\n  doc: {{registration: metadata_document, documents: [\"https://c.example/doc\"], auth: none, signIn: {{{field}: [\"https://c.example/cb\"]}}}}");
        Refuses(catalog, field, PolicyDiagnosticCode.FieldNotApplicable, "is in the client's document");
    }

    [Fact]
    public void Rules_can_be_about_public_clients()
    {
        var denied = Acme.Rule + "  - {id: no-public, effect: deny, why: w, client: {auth: [none]}, target: {resources: [wiki]}}\n";
        var snapshot = Acme.Snapshot(denied, Catalog(OktaSignIn, Public));
        Assert.StartsWith("DENIED_BY_RULE", Acme.Show(IdJagBroker.Policies.Decisions.PolicyEngine.Decide(snapshot, Acme.Ask("vscode", "wiki", "doc:read", "eng"))), StringComparison.Ordinal);
        Assert.StartsWith("ALLOWED", Acme.Show(IdJagBroker.Policies.Decisions.PolicyEngine.Decide(snapshot, Acme.Ask("claude", "wiki", "doc:read", "eng"))), StringComparison.Ordinal);
    }
}
