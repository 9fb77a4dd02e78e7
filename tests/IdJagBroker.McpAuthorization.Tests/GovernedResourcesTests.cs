using System.Text.Json.Nodes;
using IdJagBroker.McpAuthorization.Tests.Support;

namespace IdJagBroker.McpAuthorization.Tests;

/// <summary>What is left of an ID-JAG after everybody's limits (the catalogue's §13, "JB narrowing").</summary>
public sealed class GovernedResourcesTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>
{
    private const string Second = "https://mcp.trackr.example/v2/mcp";

    private static readonly RasSetup TwoServers = new()
    {
        Configure = options => options.Resources.Add(new ProtectedResource { Resource = Second, Scopes = ["tickets:read"] }),
    };

    [Theory, Trait("Spec", "RAS-33"), Trait("Spec", "RAS-37")]
    [InlineData(null, "tickets:read tickets:comment"), InlineData("tickets:read", "tickets:read"), InlineData("tickets:comment tickets:read tickets:admin", "tickets:read tickets:comment")]
    [InlineData("tickets:admin", null), InlineData("TICKETS:READ", null), InlineData("tickets:read+tickets:comment", null), InlineData("offline_access openid", null)]
    public async Task Grants_no_more_than_the_claim_and_the_request(string? requested, string? granted)
    {
        await using var ras = await Ras.StartAsync(broker);
        var answer = await ras.RedeemAsync(broker.IdJag(), requested is null ? [] : [("scope", requested)]);

        AssertScope(answer, granted);
    }

    [Theory, Trait("Spec", "RAS-37"), Trait("Spec", "RAS-43")]
    [InlineData("tickets:read tickets:unknown", "tickets:read"), InlineData("tickets:read offline_access", "tickets:read"), InlineData("tickets:unknown", null), InlineData("offline_access", null)]
    public async Task Grants_only_scopes_that_the_resource_knows(string claimed, string? granted)
    {
        await using var ras = await Ras.StartAsync(broker);
        var idJag = broker.IdJag();
        idJag.Claims["scope"] = claimed;

        AssertScope(await ras.RedeemAsync(idJag), granted);
    }

    [Fact, Trait("Spec", "RAS-33"), Trait("Spec", "RAS-37")]
    public async Task Grants_no_more_than_the_client_may_have()
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Configure = options => options.Clients[0].Scopes = ["tickets:comment", "x"] });

        AssertScope(await ras.RedeemAsync(broker.IdJag()), "tickets:comment");
    }

    [Fact, Trait("Spec", "RAS-38")]
    public async Task Grants_nothing_without_a_scope_claim_unless_a_set_is_configured()
    {
        await using var strict = await Ras.StartAsync(broker);
        await using var lenient = await Ras.StartAsync(broker, new RasSetup { Configure = options => options.Resources[0].ScopesWithoutClaim = ["tickets:read"] });
        var idJag = broker.IdJag();
        idJag.Claims.Remove("scope");

        AssertScope(await strict.RedeemAsync(idJag), null);
        AssertScope(await strict.RedeemAsync(idJag, ("scope", "tickets:admin")), null);
        AssertScope(await lenient.RedeemAsync(idJag), "tickets:read");
        AssertScope(await lenient.RedeemAsync(idJag, ("scope", "tickets:admin")), null);
    }

    [Fact, Trait("Spec", "RAS-42"), Trait("Spec", "AT-07")]
    public async Task Needs_no_scope_where_the_resource_has_none()
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Configure = options => options.Resources[0].Scopes = [] });
        var idJag = broker.IdJag();
        idJag.Claims.Remove("scope");

        var answer = (await ras.RedeemAsync(idJag)).AssertIssued();

        Assert.False(answer.Json.ContainsKey("scope"));
        Assert.False(Draft.Payload(answer.AccessToken).ContainsKey("scope"));
        AssertScope(await ras.RedeemAsync(idJag, ("scope", "tickets:read")), null);
        AssertScope(await ras.RedeemAsync(broker.IdJag()), null);
    }

    [Theory, Trait("Spec", "RAS-34"), Trait("Spec", "JAG-14")]
    [InlineData("\"https://evil.example/mcp\""), InlineData("\"https://mcp.trackr.example/v1/mcp/\""), InlineData("\"https://mcp.trackr.example/v1/MCP\"")]
    [InlineData("[\"https://mcp.trackr.example/v1/mcp\",\"https://evil.example/mcp\"]"), InlineData("\"not a url\"")]
    public async Task Refuses_a_claim_with_a_foreign_resource(string resource)
    {
        await using var ras = await Ras.StartAsync(broker);
        var idJag = broker.IdJag();
        idJag.Claims["resource"] = JsonNode.Parse(resource);

        (await ras.RedeemAsync(idJag, ("resource", Ras.Resource)))
            .AssertRefused(400, "invalid_grant", "the assertion is not for a resource of this authorization server");
    }

    [Theory, Trait("Spec", "RAS-35")]
    [InlineData(Second), InlineData("https://evil.example"), InlineData("https://mcp.trackr.example/v1/mcp/"), InlineData("https://mcp.trackr.example/v1/mcp#x"), InlineData("/v1/mcp")]
    public async Task Refuses_a_requested_resource_that_the_claim_does_not_cover(string requested)
    {
        await using var ras = await Ras.StartAsync(broker, TwoServers);

        (await ras.RedeemAsync(broker.IdJag(), ("resource", requested))).AssertRefused(400, "invalid_target");
    }

    [Fact, Trait("Spec", "RAS-35")]
    public async Task Refuses_two_requested_resources()
    {
        await using var ras = await Ras.StartAsync(broker);

        (await ras.RedeemAsync(broker.IdJag(), ("resource", Ras.Resource), ("resource", Ras.Resource))).AssertRefused(400, "invalid_target");
    }

    [Fact, Trait("Spec", "RAS-35"), Trait("Spec", "RAS-45"), Trait("Spec", "AT-04")]
    public async Task Issues_for_the_one_resource_that_the_request_picks()
    {
        await using var ras = await Ras.StartAsync(broker, TwoServers);
        var idJag = broker.IdJag();
        idJag.Claims["resource"] = new JsonArray(Ras.Resource, Second);

        (await ras.RedeemAsync(idJag)).AssertRefused(400, "invalid_target");
        var answer = (await ras.RedeemAsync(idJag, ("resource", Second))).AssertIssued();

        Assert.Equal(Second, (string?)answer.Json["resource"]);
        Assert.Equal(Second, (string?)Draft.Payload(answer.AccessToken)["aud"]);
        Assert.Equal("tickets:read", (string?)answer.Json["scope"]);
    }

    [Fact, Trait("Spec", "RAS-36")]
    public async Task Takes_no_resource_claim_only_where_there_is_no_doubt()
    {
        await using var one = await Ras.StartAsync(broker);
        await using var two = await Ras.StartAsync(broker, TwoServers);
        var idJag = broker.IdJag();
        idJag.Claims.Remove("resource");

        Assert.Equal(Ras.Resource, (string?)(await one.RedeemAsync(idJag)).AssertIssued().Json["resource"]);
        (await two.RedeemAsync(idJag)).AssertRefused(400, "invalid_grant");
        Assert.Equal(Second, (string?)(await two.RedeemAsync(idJag, ("resource", Second))).AssertIssued().Json["resource"]);
        (await two.RedeemAsync(idJag, ("resource", "https://evil.example"))).AssertRefused(400, "invalid_target");
    }

    [Fact, Trait("Spec", "RAS-45"), Trait("Spec", "AT-04")]
    public async Task Puts_the_registered_spelling_into_the_token()
    {
        await using var ras = await Ras.StartAsync(broker);
        var idJag = broker.IdJag();
        idJag.Claims["resource"] = "HTTPS://MCP.trackr.example:443/v1/mcp";

        var answer = (await ras.RedeemAsync(idJag)).AssertIssued();

        Assert.Equal(Ras.Resource, (string?)Draft.Payload(answer.AccessToken)["aud"]);
        Assert.Equal(Ras.Resource, (string?)answer.Json["resource"]);
    }

    private static void AssertScope(Answer answer, string? granted)
    {
        if (granted is null)
        {
            answer.AssertRefused(400, "invalid_scope");
            return;
        }
        Assert.Equal(granted, (string?)answer.AssertIssued().Json["scope"]);
        Assert.Equal(granted, (string?)Draft.Payload(answer.AccessToken)["scope"]);
    }
}
