using System.Text.Json.Nodes;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using static IdJagBroker.Policies.Schema.Shapes;

namespace IdJagBroker.Policies.Schema;

/// <summary>The shape of <c>kind: Catalog</c>.</summary>
internal static class CatalogSchema
{
    public static JsonObject Document() => Object(
        "The catalogue: everything that the rules may speak of. There is exactly one.",
        [
            .. PolicySchema.Head("Catalog", isOwned: true),
            new("idps", Map("The identity providers whose ID Tokens are accepted, by alias.", Idp())),
            new("groups", Map("Groups by alias.", Object(
                "A group under an alias. Renaming it at the provider must not move access, so it is its stable id.",
                new Field("idp", Alias("The identity provider that the id belongs to.")).Must,
                new Field("id", Text("The group's stable id there, never its display name.")).Must))),
            new("clients", Map("The MCP clients, by alias.", ClientSchema.Client())),
            new("administrators", Map("Who may use the admin API, by alias.", ClientSchema.Administrator())),
            new("authorizationServers", Map("The authorization servers of the MCP servers: what a request's audience names, by alias.", ServerSchema.Server())),
            new("resources", Map("The MCP servers: what a request's resource names, by alias.", Resource())),
        ]);

    private static JsonObject Idp() => Object(
        "An identity provider.",
        new Field("issuer", Text("Compared exactly with iss. kind: entra may have {tenantid} in it.", Forms.Issuer)).Must,
        new("kind", Word("What it is, where that changes how its tokens are read. Default: oidc.", IdpParser.Kinds)),
        new("groupsClaim", Text("The claim with stable group ids; without it, nobody from there has groups.")),
        new("groupDirectory", GroupDirectory()),
        new("subjectClaim", Text("The claim that identifies a person. Default: sub.")),
        new("policyClaims", Texts("The claims of its ID Tokens that rules may ask for.", Forms.Visible, IdpParser.MaxPolicyClaims)),
        new("tenants", Texts("kind: entra: the tenants that are accepted.", Forms.Tenant)),
        new("entraV1", Flag("kind: entra: whether tokens of the v1 endpoint are accepted too.")),
        new("hostedDomains", Texts("kind: google: the Workspace domains, compared with hd.", Forms.Domain)),
        new("privateNetwork", Flag("Whether its hosts may have private addresses.")),
        new("jwksUri", Text("Where its keys are. Default: as its metadata says.", Forms.Url)),
        new("algorithms", List("What its tokens may be signed with. Default: RS256, ES256, PS256.", Word("", IdpParser.Algorithms))),
        new("maxSignInAge", Duration("How long ago a person may have signed in. Default: 12h.", TimeSpan.FromMinutes(1), CatalogIdp.MaxSignInAgeLimit)),
        new("emailDomains", Texts("The mail domains for which its word about an address counts.", Forms.Domain)),
        new("signIn", SignIn()))
        .And(Only("kind", "entra", "tenants", "entraV1")).And(Only("kind", "google", "hostedDomains")).And(Needs("kind", "google", "hostedDomains"));

    /// <summary>What people read of something on a page.</summary>
    public static JsonObject PageName(string about)
    {
        var shape = Text(about);
        shape["maxLength"] = UpstreamSignInParser.MaxNameChars;
        return shape;
    }

    private static JsonObject SignIn() => Object(
        "People are sent there to sign in.",
        new Field("clientId", Text("The broker's id at the provider.")).Must,
        new("auth", Word("How the broker proves itself there. Default: client_secret_basic.", UpstreamSignInParser.Methods)),
        new("scopes", Scopes()),
        new("name", PageName("What people read where they choose. Default: its alias.")),
        new("recheckAfter", Duration("How old what is known of a person may be before the provider is asked again. Default: 15m.", UpstreamSignInParser.MinRecheckAfter, UpstreamSignInParser.MaxRecheckAfter)));

    private static JsonObject Scopes()
    {
        var shape = Texts("What is asked for, openid among it. Default: openid, profile, email.", Forms.Token, ScopeSet.MaxScopes);
        shape["contains"] = new JsonObject { ["const"] = UpstreamSignInParser.OpenId };
        return shape;
    }

    private static JsonObject GroupDirectory() => Object(
        "Where groups are asked for that a token does not list.",
        new Field("kind", Word("Which interface: graph for Entra, okta for Okta.", IdpKindParser.DirectoryKinds)).Must,
        new("baseUrl", Text("Where it is: an https URL of a host alone.", Forms.Url)),
        new("clientId", Text("graph: the application that asks.")),
        new("securityEnabledOnly", Flag("graph: whether only security groups count.")))
        .And(Only("kind", "graph", "clientId", "securityEnabledOnly")).And(Needs("kind", "graph", "clientId"));

    private static JsonObject Resource() => Object(
        "An MCP server.",
        new Field("as", Alias("The authorization server that governs it.")).Must,
        new Field("uri", Text("What resource names: http(s), without fragment.", Forms.Url)).Must,
        new Field("scopes", Texts("Every scope that it has; a rule can grant no other.", Forms.Scope, ScopeSet.MaxScopes)).Must,
        new("tags", Texts("Words for deny rules.")),
        new("defaultScopes", Texts("What a request without scope asks for; without them it is refused.", Forms.Scope)),
        new("scopeMode", Word("What becomes of a request of which only a part can be granted. Default: narrow.", ResourceParser.ScopeModes)),
        ServerSchema.RequireAcr(), ServerSchema.MaxSignInAge(),
        new("enabled", Flag("Default: true. false: nothing is granted there.")));
}
