using System.Text.Json.Nodes;
using IdJagBroker.Policies.Yaml;
using static IdJagBroker.Policies.Schema.Shapes;

namespace IdJagBroker.Policies.Schema;

/// <summary>The shape of an authorization server.</summary>
internal static class ServerSchema
{
    public static JsonObject Server() => Object(
        "An authorization server of MCP servers.",
        new Field("issuer", Text("What aud of its ID-JAGs is.", Forms.Issuer)).Must,
        new("audienceAliases", Texts("Other values of audience that mean it.")),
        new("clientIds", Map("By client, its id there; a client without one gets no ID-JAG for this server.", ClientId())),
        new("subject", Subject()),
        new("maxLifetime", Duration("No ID-JAG for it lives longer.", PolicySnapshot.MinLifetime, PolicySnapshot.MaxLifetime)),
        new("algorithm", Word("What its ID-JAGs are signed with. Default: ES256.", TokenSettingsParser.Algorithms)),
        new("claims", List("Claims that are copied from the ID Token.", Claim(), CopiedClaimsParser.MaxClaims)),
        new("tenant", Text("The tenant claim.", Forms.Visible)),
        new("audTenant", Text("The aud_tenant claim: the enterprise's tenant there.", Forms.Visible)),
        new("audSub", Map("The aud_sub claim, by idp|id: a person's account there.", Text("", Forms.Visible), Forms.Subject)),
        new("audSubClaim", Text("Instead of audSub: the claim of the ID Token that holds the account.", Forms.Visible)),
        new("resourceParameter", Word("What a request without resource means. Default: default.", AuthorizationServerParser.ResourceParameters)),
        RequireAcr(), MaxSignInAge(),
        new("receipts", Receipts()),
        new("enabled", Flag("Default: true.")))
        .And(Excludes("audSub", null, "audSubClaim"));

    public static Field RequireAcr() => new("requireAcr", Texts("The acr of the sign-in must be one of these.", Forms.Token, SignInNeedsParser.MaxAcrValues));

    public static Field MaxSignInAge() =>
        new("maxSignInAge", Duration("How long ago the person may have signed in.", TimeSpan.FromMinutes(1), CatalogIdp.MaxSignInAgeLimit));

    private static JsonObject ClientId()
    {
        var shape = Object("The client's id at this server; or, of a client with a metadata document, that it is the same.", new Field("sameAsHere", OnlyTrue("The address of its document.")).Must);
        shape["type"] = Array(["string", "object"]);
        (shape["minLength"], shape["maxLength"]) = (1, YamlValues.MaxTextChars);
        return shape;
    }

    private static JsonObject Subject() => new()
    {
        ["description"] = "Where sub of its ID-JAGs comes from. Default: broker.",
        ["type"] = "string",
        ["anyOf"] = new JsonArray(
            new JsonObject { ["enum"] = Array(AuthorizationServerParser.Sources.Select(source => source.Item1)) },
            new JsonObject { ["pattern"] = $"^{AuthorizationServerParser.ClaimPrefix}[!-~]{{1,128}}$" }),
    };

    /// <summary>The name of a claim that may be copied.</summary>
    public static JsonObject Claim() => new()
    {
        ["type"] = "string",
        ["anyOf"] = new JsonArray(
            new JsonObject { ["enum"] = Array(CopiedClaimsParser.Registered.Order(StringComparer.Ordinal)) },
            new JsonObject { ["pattern"] = "^[A-Za-z]+:[!-~]+$", ["maxLength"] = CopiedClaimsParser.MaxClaimChars }),
    };

    private static JsonObject Receipts() => Object(
        "That it reports what became of ID-JAGs, and the keys by which it proves itself.",
        ClientSchema.Jwks(),
        new("jwksUri", Text("Instead of jwks: where it publishes them.", Forms.Url)),
        new("privateNetwork", Flag("With jwksUri: whether that may have a private address.")))
        .And(OneOf("jwks", "jwksUri")).And(Excludes("jwks", null, "jwksUri", "privateNetwork"));
}
