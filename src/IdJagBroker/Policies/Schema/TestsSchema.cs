using System.Text.Json.Nodes;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies.Rules;
using IdJagBroker.Policies.Testing;
using IdJagBroker.Protocol;
using static IdJagBroker.Policies.Schema.Shapes;

namespace IdJagBroker.Policies.Schema;

/// <summary>The shape of <c>kind: Tests</c>.</summary>
internal static class TestsSchema
{
    public static JsonObject Document() => Object(
        "Requests with the decisions that are expected, and access that nobody may ever have.",
        [
            .. PolicySchema.Head("Tests", isOwned: false),
            new("now", Instant("When all tests happen.")),
            new("subjects", Map("People, by name.", Subject())),
            new("tests", Many("Requests, each with the decision that is expected.", Test())),
            new("invariants", Many("What must hold of everybody.", Invariant())),
        ]).And(OneOf("tests", "invariants"));

    private static JsonObject Subject() => Object(
        "A person. What is not written is not known.",
        new("sub", Text("idp|id.", Forms.Subject)),
        new("idp", Alias("Instead of sub: a person of this provider who is nobody in particular.")),
        new("groups", Texts("By alias.")),
        new("overage", Flag("true: the provider does not state all groups.")),
        new("acr", TextOrTexts("The authentication contexts that the sign-in met.")),
        new("amr", TextOrTexts("The methods of the sign-in.")),
        new("authAge", Duration("How long ago the sign-in was.", TimeSpan.Zero, TestSubjectParser.MaxAuthAge)),
        new("tenant", Text("The tenant at the provider.")),
        new("claims", Map("Claims of the ID Token.", ClaimValue(), names: null))).And(OneOf("sub", "idp"));

    private static JsonObject Test() => Object(
        "A request and its decision.",
        new Field("name", Text("Unique in the document.")).Must,
        new("now", Instant("When it happens.")),
        new Field("ask", Object(
            "The request.",
            new Field("subject", Alias("One of subjects.")).Must,
            new Field("client", Alias("The client.")).Must,
            new Field("resource", TextOrTexts("The resource, or several.", PolicyInput.MaxResources)).Must,
            new Field("scopes", Texts("What is asked for.", Forms.Token, ScopeSet.MaxScopes)).Must,
            new("ip", Text("The caller's address.", "^[0-9A-Fa-f:.]+$")),
            new("dpop", Flag("Whether the client proves a key. Default: false.")),
            new("resourceNamed", Flag("Whether the request has resource. Default: true.")))).Must,
        new Field("expect", Expectation()).Must,
        new("live", Flag("Marks a test for the groups that people really have.")));

    private static JsonObject Expectation() => Object(
        "The decision, as far as it matters.",
        new Field("outcome", Outcome()).Must,
        Reason(),
        new("scopes", Texts("Exactly what is granted.", Forms.Token, ScopeSet.MaxScopes)),
        Rules(),
        new("lifetime", Duration("How long the ID-JAG may live.", PolicySnapshot.MinLifetime, PolicySnapshot.MaxLifetime)),
        new("challenge", Object(
            "What the client is told to ask of a better sign-in.",
            new("error", Word("", [SignInChallenge.InsufficientUserAuthentication])), new("acr", Texts("")), new("amr", Texts("")),
            new("max_age", new JsonObject { ["description"] = "In seconds.", ["type"] = "integer", ["minimum"] = 0 })).NotEmpty()),
        new("shadow", Object("The decision if the rules on trial were in force.", new("outcome", Outcome()), Reason(), Rules()).NotEmpty()))
        .And(Excludes("outcome", "allow", "reason", "challenge")).And(Excludes("outcome", "deny", "scopes", "lifetime"));

    private static JsonObject Outcome() => Word("", TestExpectationParser.Outcomes);

    private static Field Reason() =>
        new("reason", Word("Why it is refused.", TestExpectationParser.Reasons.OrderBy(word => word.Value).Select(word => word.Key)));

    private static Field Rules() => new("rules", Texts("Exactly the rules that give, or refuse."));

    private static JsonObject Invariant() => Object(
        "Something that must hold of everybody, in all circumstances.",
        new Field("name", Text("Unique in the document.")).Must,
        new("never", Object(
            "Access that nobody may have.",
            new("who", Object("Whose.", new("groups", Texts("In all of these.")), new("noGroups", Texts("In none of these.")), new("subjects", Texts("One of these, each idp|id.", Forms.Subject))).NotEmpty()),
            new("client", Object("By which client.", new("ids", Texts("One of these.")), new("notIds", Texts("None of these.")), new("trust", List("By whose software it is.", Word("", PolicyClients.TrustWords)))).NotEmpty()),
            new("target", Object("Where.", new("resources", Texts("One of these.")), new("tags", Texts("With one of these."))).NotEmpty()),
            new("scopes", RuleSchema.Patterns("Which scopes."))).NotEmpty()),
        new("always", Object(
            "What every token has.", new Field("lifetimeAtMost", Duration("No token lives longer.", PolicySnapshot.MinLifetime, PolicySnapshot.MaxLifetime)).Must)))
        .And(OneOf("never", "always")).And(Excludes("never", null, "always"));

    // As in a token: a text, a list of texts, or true and false.
    private static JsonObject ClaimValue()
    {
        var shape = TextOrTexts("");
        shape["type"] = Array(["string", "array", "boolean"]);
        return shape;
    }

    private static JsonObject Many(string about, JsonObject item) =>
        new() { ["description"] = about, ["type"] = "array", ["minItems"] = 1, ["maxItems"] = TestDocumentParser.MaxTests, ["items"] = item };
}
