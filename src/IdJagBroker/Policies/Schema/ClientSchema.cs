using System.Collections.Immutable;
using System.Text.Json.Nodes;
using IdJagBroker.Protocol.Jws;
using static IdJagBroker.Policies.Schema.Shapes;

namespace IdJagBroker.Policies.Schema;

/// <summary>The shapes of clients and administrators.</summary>
internal static class ClientSchema
{
    public static JsonObject Client() => Object(
        "An MCP client.",
        new("registration", Word("Who keeps its ids and credentials. Default: catalogue.", ClientParser.Registrations)),
        new("documents", Texts("registration: metadata_document: the addresses of its documents, each a client id.", Forms.Url)),
        new("documentHosts", Texts("registration: metadata_document: hosts of which every document is this client's.", Forms.Host)),
        ClientIds(), Auth(CredentialsParser.Methods),
        new("dpop", Word("Whether it binds its tokens to a key. Default: none.", ClientParser.DpopUses)),
        new("trust", Word("Whose software it is. Default: vendor.", ClientParser.Trusts)),
        new("subjectTokenAudiences", Map("By identity provider, the aud of ID Tokens that it may present.", Texts(""))),
        SecretHashes(), Jwks(),
        new("jwksUri", Text("private_key_jwt, instead of jwks: where it publishes its keys.", Forms.Url)),
        new("privateNetwork", Flag("Whether the hosts of its keys and documents may have private addresses.")),
        new("signIn", SignIn()),
        Enabled())
        .And(Only("registration", "metadata_document", "documents", "documentHosts"))
        .And(Excludes("registration", "database", "clientIds", "secretHashes", "jwks", "jwksUri"))
        .And(Excludes("registration", "metadata_document", "clientIds", "secretHashes", "jwks", "jwksUri"))
        .And(If(Has("registration", "metadata_document"), OneOf("documents", "documentHosts")))
        .And(If(Not(Has("registration")), new JsonObject { ["required"] = Array(["clientIds"]) }))
        .And(Needs("registration", "catalogue", "clientIds"))
        .And(CredentialsOf()).And(Excludes("auth", "client_secret", "jwks", "jwksUri", "privateNetwork")).And(Excludes("jwks", null, "jwksUri"))
        .And(Needs("auth", "none", "signIn")).And(Excludes("auth", "none", "secretHashes", "jwks", "jwksUri", "subjectTokenAudiences"))
        .And(If(Has("registration", "database"), Not(Has("auth", "none"))))
        .And(If(Has("registration", "metadata_document"), In("signIn", Without("redirectUris", "postLogoutRedirectUris"))))
        .And(If(Not(Has("registration", "metadata_document")), In("signIn", new JsonObject { ["required"] = Array(["redirectUris"]) })));

    public static JsonObject Administrator() => Object(
        "A program or a person that may use the admin API.",
        ClientIds().Must, Auth(CredentialsParser.Proofs),
        new Field("scopes", List("What it may do there. None contains another.", Word("", AdminScope.All.Select(scope => scope.Value)))).Must,
        new("role", Alias("A word for whoever reads the log. Nothing is decided by it.")),
        SecretHashes(), Jwks(), Enabled())
        .And(CredentialsOf()).And(Excludes("auth", "client_secret", "jwks"));

    /// <summary>Public keys: of a client, an administrator, or an authorization server that reports.</summary>
    public static Field Jwks() => new("jwks", Object(
        "Public keys (RFC 7517 §5).",
        new Field("keys", new JsonObject
        {
            ["type"] = "array", ["minItems"] = 1, ["maxItems"] = JsonWebKeySet.MaxKeys,
            ["items"] = new JsonObject
            {
                ["description"] = "The public half of a key.", ["type"] = "object",
                ["properties"] = new JsonObject(ClientKeysParser.PrivateMembers.Order(StringComparer.Ordinal).Select(member => KeyValuePair.Create<string, JsonNode?>(member, JsonValue.Create(false)))),
            },
        }).Must));

    private static Field ClientIds() => new("clientIds", Texts("The ids by which it authenticates at the broker.", Forms.Printable));

    private static Field Auth(ImmutableArray<(string Word, ClientAuth Value)> methods) => new Field("auth", Word("How it authenticates.", methods)).Must;

    private static JsonObject SignIn() => Object(
        "People sign in through it at this issuer.",
        new("redirectUris", Texts("Where answers may be sent, compared character for character.", Forms.RedirectUri, ClientSignInParser.MaxRedirectUris)),
        new("postLogoutRedirectUris", Texts("Where a browser may be sent after signing out.", Forms.RedirectUri, ClientSignInParser.MaxRedirectUris)),
        new("name", CatalogSchema.PageName("What people read of it on pages. Default: its alias.")),
        new("idps", Texts("The identity providers that its people may choose from. Default: all that have signIn.")),
        new("refreshTokens", Flag("Whether it gets refresh tokens. Default: true.")));

    private static Field SecretHashes() =>
        new("secretHashes", Texts("client_secret: the hashes of its secrets.", $"^{CredentialsParser.HashPrefix}[A-Za-z0-9_-]{{43}}$", CredentialsParser.MaxSecretHashes));

    private static Field Enabled() => new("enabled", Flag("Default: true. false: it is known, and refused."));

    private static JsonObject CredentialsOf() => Excludes("auth", "private_key_jwt", "secretHashes");
}
