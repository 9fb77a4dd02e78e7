using System.Text.Json.Nodes;

namespace IdJagBroker.RealClients.Tests;

/// <summary>The official TypeScript SDK, <c>@modelcontextprotocol/client</c>: it finds everything from the MCP server's URL, signs in by ID-JAG, and steps up by itself.</summary>
public sealed class TypeScriptSdkTests(Enterprise enterprise)
{
    private const string Both = "tickets:read tickets:comment";

    [Theory, Trait("Spec", "META-01"), Trait("Spec", "META-02"), Trait("Spec", "META-16"), Trait("Spec", "RS-01"), Trait("Spec", "RS-03"), Trait("Spec", "RS-04"),
     Trait("Spec", "RS-08"), Trait("Spec", "RS-13"), Trait("Spec", "RS-16"), Trait("Spec", "RAS-41"), Trait("Spec", "RAS-42"), Trait("Spec", "SEC-22")]
    [InlineData("legacy", "tickets", "2025-11-25")]
    [InlineData("modern", "tenant", "2026-07-28")]
    public async Task Finds_the_way_signs_in_calls_tools_and_steps_up(string mode, string name, string version)
    {
        var walk = await NodeProgram.ScenarioAsync(mode, enterprise, enterprise.Server(name));

        Assert.Equal(version, (string?)walk["version"]);
        Assert.Superset(new HashSet<string> { "help", "tickets.comment", "tickets.list" }, walk["tools"]!.AsArray().Select(tool => (string)tool!).ToHashSet());
        Assert.StartsWith("#1 for ", (string?)walk["list"], StringComparison.Ordinal);
        Assert.Equal(("Bearer", TicketTools.Read), ((string?)walk["first"]!["token_type"], (string?)walk["first"]!["scope"]));
        Assert.Equal("#1: looks good", (string?)walk["comment"]!["value"]);
        Assert.Equal((string?)walk["list"], (string?)walk["again"]);          // what it had, it still has
        Assert.Equal(Both, (string?)walk["last"]!["scope"]);

        // What it asked for: at first what the challenge recommended, then that and what the refusal named; at broker and authorization server alike.
        var forms = FormsOf(walk);
        Assert.Equal([TicketTools.Read, TicketTools.Read, Both, Both], forms.Select(form => (string?)form["scope"]));
        Assert.Equal([false, true, false, true], forms.Select(form => form.ContainsKey("assertion")));
        Assert.NotEqual((string?)forms[1]["assertion"], (string?)forms[3]["assertion"]);                            // a new ID-JAG
        Assert.Equal([401, 403], LegsOf(walk).Where(leg => (int)leg["status"]! is 401 or 403).Select(leg => (int)leg["status"]!));
    }

    [Fact, Trait("Spec", "RS-13")]
    public async Task Tells_an_application_that_wants_to_decide_itself_which_scope_is_missing()
    {
        var walk = await NodeProgram.ScenarioAsync("throwing", enterprise, enterprise.Tickets);

        Assert.Equal(("InsufficientScopeError", TicketTools.Comment), ((string?)walk["comment"]!["error"], (string?)walk["comment"]!["scope"]));
        Assert.Equal(2, FormsOf(walk).Count);
        Assert.StartsWith("#1 for ", (string?)walk["again"], StringComparison.Ordinal);
    }

    [Fact, Trait("Spec", "RAS-33"), Trait("Spec", "RAS-37"), Trait("Spec", "RS-13")]
    public async Task Ends_with_the_refusal_where_the_enterprise_gives_no_more()
    {
        var walk = await NodeProgram.ScenarioAsync("stubborn", enterprise, enterprise.Tickets);

        Assert.Equal((403, "CLIENT_HTTP_FORBIDDEN"), ((int)walk["comment"]!["status"]!, (string?)walk["comment"]!["code"]));
        Assert.Equal(Both, (string?)FormsOf(walk)[^1]["scope"]);              // it asked the authorization server for what the ID-JAG does not hold
        Assert.Equal(2, LegsOf(walk).Count(leg => (int)leg["status"]! is 403));
    }

    [Fact, Trait("Spec", "POP-10"), Trait("Spec", "POP-20"), Trait("Spec", "RS-13")]
    public async Task Binds_its_tokens_to_a_key_and_steps_up_with_it()
    {
        var walk = await NodeProgram.ScenarioAsync("dpop", enterprise, enterprise.Tickets);

        Assert.Equal(("DPoP", "DPoP"), ((string?)walk["first"]!["token_type"], (string?)walk["last"]!["token_type"]));
        Assert.Equal((string?)walk["thumbprint"], (string?)ClaimsOf((string)walk["last"]!["access_token"]!)["cnf"]!["jkt"]);
        Assert.Equal("#1: looks good", (string?)walk["comment"]!["value"]);
        var calls = LegsOf(walk).Where(leg => (string?)leg["path"] is "/mcp").Skip(1).ToList();
        Assert.All(calls, leg => Assert.Equal(("DPoP", true), ((string?)leg["scheme"], (bool)leg["proof"]!)));
    }

    private static List<JsonObject> LegsOf(JsonObject walk) => [.. walk["legs"]!.AsArray().Select(leg => leg!.AsObject())];

    private static List<JsonObject> FormsOf(JsonObject walk) => [.. LegsOf(walk).Select(leg => leg["form"]).OfType<JsonObject>()];

    private static JsonNode ClaimsOf(string token) => JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[1]))!;
}
