using System.Text.Json.Nodes;
using IdJagBroker.Policies.Rules;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol;
using static IdJagBroker.Policies.Schema.Shapes;

namespace IdJagBroker.Policies.Schema;

/// <summary>The shape of <c>kind: Policy</c>.</summary>
internal static class RuleSchema
{
    private const string AllowName = "allowRule";
    private const string DenyName = "denyRule";

    /// <summary>The parts that both kinds of rules have, and the rules, by name.</summary>
    public static IEnumerable<KeyValuePair<string, JsonNode?>> Definitions() =>
    [
        new(AllowName, Allow()), new(DenyName, Deny()), new("who", Who()), new("client", Client()), new("asked", Requirement()), new("during", During()), new("validity", Validity()),
    ];

    public static JsonObject Document() => Object(
        "Rules. Silence denies, a deny rule always wins, and the order means nothing.",
        [
            .. PolicySchema.Head("Policy", isOwned: true),
            new("limits", Object("A ceiling for every rule of every file.", Lifetime("No token lives longer, whatever a rule says.").Must)),
            new("rules", new JsonObject
            {
                ["description"] = "The rules.", ["type"] = "array", ["minItems"] = 1, ["maxItems"] = PolicyDocumentParser.MaxRules,
                ["items"] = new JsonObject { ["if"] = Has("effect", "deny"), ["then"] = PolicySchema.Ref(DenyName), ["else"] = PolicySchema.Ref(AllowName) },
            }),
        ]);

    private static JsonObject Allow() => Object(
        "Grants scopes to people by clients.",
        [
            .. Head("allow"),
            Shared("who").Must, Shared("client").Must,
            new Field("grant", Map("By resource, the scopes that are granted there.", Texts("", Forms.Token, ScopeSet.MaxScopes)).NotEmpty()).Must,
            new("require", PolicySchema.Ref("asked")), Shared("during"), Shared("validity"),
            new("emergency", OnlyTrue("For a time of need: needs validity with from, until and ticket. Every token by it is tagged.")),
            new("limits", Object(
                "Limits of the tokens to which the rule contributes.", Lifetime("How long they live at the most."),
                new("ratePerSubject", Text("How many one person gets, such as 10/1m.", Forms.Rate))).NotEmpty()),
            new("claims", List("Claims of the ID Token that the token copies, besides those of its server.", ServerSchema.Claim(), CopiedClaimsParser.MaxClaims)),
            new("notify", Texts("Words that the event carries, for whoever wants to hear of it.", max: RuleParser.MaxNotified)),
        ]).And(If(Has("emergency"), new JsonObject { ["required"] = Array(["validity"]) }));

    private static JsonObject Deny() => Object(
        "Refuses, or takes scopes away. It always wins.",
        [
            .. Head("deny"),
            Shared("who"), Shared("client"), new("target", Target()),
            new("scopes", Patterns("Only these scopes are taken away: repo:write, repo:* or *:write.")),
            new("unless", PolicySchema.Ref("asked")), Shared("during"), Shared("validity"),
        ]).And(OneOf("who", "client", "target"));

    /// <summary>Of <c>scopes</c> where they are patterns.</summary>
    public static JsonObject Patterns(string about) => Texts(about, Forms.ScopePattern, ScopeSet.MaxScopes);

    private static Field[] Head(string effect) =>
    [
        new Field("id", Alias("Unique across all files.")).Must,
        new Field("effect", Word("What it does where it matches.", RuleParser.Effects.Select(word => word.Item1).Where(word => word == effect))).Must,
        new("mode", Word("shadow: on trial, it never changes the answer. Default: enforce.", RuleParser.Modes)),
        new Field("why", Text("One line for people.")).Must,
        new("recordLevel", Word("full: the event also has what became of every rule that was about the request. Default: normal.", RuleParser.RecordLevels)),
    ];

    private static Field Lifetime(string about) => new("maxTokenLifetime", Duration(about, PolicySnapshot.MinLifetime, PolicySnapshot.MaxLifetime));

    private static JsonObject Who() => Object(
        "Whom it is about; all that is written must hold.",
        new("groups", OfMany("The person's groups, by alias.", Text(""))),
        new("subjects", OfOne("People, each idp|id.", Text("", Forms.Subject))),
        new("idps", OfOne("Who vouches for them, by alias.", Text(""))),
        new("tenants", OfOne("Their tenant: tid of Entra, hd of Google.", Text(""))),
        new("claims", ByClaim("Claims of the ID Token, of those in policyClaims.")),
        new("everyone", OnlyTrue("Everybody, and nothing else is written."))).NotEmpty().And(Alone("everyone"));

    private static JsonObject Client() => Object(
        "Which clients it is about; all that is written must hold.",
        new("ids", OfOne("Clients, by alias.", Text(""))),
        new("trust", OfOne("By whose software they are.", Word("", PolicyClients.TrustWords))),
        new("auth", OfOne("By how they authenticate.", Word("", PolicyClients.AuthWords))),
        new("every", OnlyTrue("Every client, those that are added later too, and nothing else is written."))).NotEmpty().And(Alone("every"));

    private static JsonObject Target() => Object(
        "Where; all that is written must hold.",
        new("resources", OfOne("Resources, by alias.", Text(""))),
        new("authorizationServers", OfOne("By their authorization server.", Text(""))),
        new("tags", OfMany("By their tags.", Text("")))).NotEmpty();

    private static Field Shared(string name) => new(name, PolicySchema.Ref(name));

    private static JsonObject Requirement() => Object(
        "What the request must bring: of require, or the rule does not match; of unless, and the rule does not apply.",
        new("auth", Object(
            "The sign-in.",
            new("acrAnyOf", Texts("It met one of these authentication contexts.", Forms.Token, SignInNeedsParser.MaxAcrValues)),
            new("amrAnyOf", Texts("One of these methods is in its amr.", max: RequirementParser.MaxMethods)),
            new("amrAllOf", Texts("All of these methods are in its amr.", max: RequirementParser.MaxMethods)),
            new("maxAge", Duration("It is no older.", TimeSpan.FromMinutes(1), CatalogIdp.MaxSignInAgeLimit))).NotEmpty()),
        new("clientAuth", Word("How the client authenticates.", CredentialsParser.Proofs)),
        new("dpop", OnlyTrue("The token will be bound to a key.")),
        new("resource", OnlyTrue("The request names its resource.")),
        new("network", Object(
            "Where the caller is.",
            new("cidrAnyOf", Texts("In one of these networks.", Forms.Network, RequirementParser.MaxNetworks)),
            new("cidrNoneOf", Texts("In none of these networks.", Forms.Network, RequirementParser.MaxNetworks))).NotEmpty()),
        new("device", ByClaim("Claims about the device, of those in policyClaims."))).NotEmpty();

    private static JsonObject During() => Object(
        "When in the week.",
        new("days", List("Default: all.", Word("", PolicyHours.DayWords))),
        new("from", Text("Included.", Forms.Clock)),
        new("to", Text("Excluded; before from: on the next day.", Forms.Clock)),
        new Field("tz", Text("A time zone of IANA, such as Europe/Berlin.")).Must)
        .And(OneOf("days", "from")).And(If(Has("from"), new JsonObject { ["required"] = Array(["to"]) })).And(If(Has("to"), new JsonObject { ["required"] = Array(["from"]) }));

    private static JsonObject Validity() => Object(
        "From when until when.",
        new("from", Instant("Included.")), new("until", Instant("Excluded.")), new("ticket", Text("What allows it."))).And(OneOf("from", "until"));

    private static JsonObject ByClaim(string about) => Map(about, OfMany("", Text("")), names: null).NotEmpty();

    /// <summary>A condition on what has many names.</summary>
    private static JsonObject OfMany(string about, JsonObject item) => Object(
        about, new("anyOf", List("At least one of these.", Copy(item))), new("allOf", List("All of these.", Copy(item))), new("noneOf", List("None of these.", Copy(item)))).NotEmpty();

    /// <summary>A condition on what has one name: a list alone is its <c>anyOf</c>.</summary>
    private static JsonObject OfOne(string about, JsonObject item)
    {
        var shape = Object(about, new("anyOf", List("One of these.", Copy(item))), new("noneOf", List("None of these.", Copy(item)))).NotEmpty();
        shape["type"] = Array(["array", "object"]);
        (shape["minItems"], shape["maxItems"], shape["uniqueItems"], shape["items"]) = (1, YamlValues.MaxListItems, true, Copy(item));
        return shape;
    }

    private static JsonObject Alone(string field) => If(Has(field), new JsonObject { ["maxProperties"] = 1 });

    private static JsonObject Copy(JsonObject shape) => (JsonObject)shape.DeepClone();
}
