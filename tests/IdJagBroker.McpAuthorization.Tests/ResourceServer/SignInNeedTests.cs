using System.Text.Json.Nodes;
using IdJagBroker.McpAuthorization.ResourceServer;
using IdJagBroker.McpAuthorization.Tests.Support;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization.Tests.ResourceServer;

/// <summary>A tool that asks for a stronger or fresher sign-in says so by 401, and what the token does not say does not count (RFC 9470, RS-15).</summary>
public sealed class SignInNeedTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>, IAsyncLifetime
{
    private Ras _ras = null!;

    public async ValueTask InitializeAsync() => _ras = await Ras.StartAsync(broker, new RasSetup
    {
        Mcp = options => options.RequireScope("pay", "tickets:read").RequireSignIn("pay", ["phr", "phrh"], TimeSpan.FromMinutes(5))
            .AllowTool("look").RequireSignIn("look", [], TimeSpan.FromHours(1)).AllowTool("sign").RequireSignIn("sign", ["phr"]).AllowTool("seal").RequireSignIn("seal", ["mfa"]),
    });

    public ValueTask DisposeAsync() => _ras.DisposeAsync();

    private Draft Token(string? acr, int? age, string scope = "tickets:read")
    {
        var token = _ras.AccessToken(scope);
        if (acr is not null) token.Claims["acr"] = acr;
        if (age is { } seconds) token.Claims["auth_time"] = ManualClock.T0.ToUnixTimeSeconds() - seconds;
        return token;
    }

    [Theory, Trait("Spec", "RS-15")]
    [InlineData("pay", "phr", 60, true)]
    [InlineData("pay", "phrh", 360, true)]
    [InlineData("pay", "phrh", 361, false)]
    [InlineData("pay", "pwd", 60, false)]
    [InlineData("pay", null, 60, false)]
    [InlineData("pay", "phr", null, false)]
    [InlineData("look", null, 3600, true)]
    [InlineData("look", null, 3661, false)]
    [InlineData("sign", "phr", null, true)]
    [InlineData("sign", "PHR", null, false)]
    [InlineData("tickets.list", null, null, true)]
    public async Task Lets_in_whoever_signed_in_so(string tool, string? acr, int? age, bool accepted)
    {
        var answer = await _ras.CallToolAsync(Token(acr, age), tool);
        Assert.Equal((accepted ? 200 : 401, accepted ? 1 : 0), (answer.Status, _ras.Handled));
        if (!accepted) Assert.StartsWith("Bearer error=\"insufficient_user_authentication\", ", answer.Header("WWW-Authenticate"), StringComparison.Ordinal);
    }

    [Fact, Trait("Spec", "RS-15")]
    public async Task Says_what_this_operation_needs_and_its_scopes()
    {
        Assert.Equal(
            "Bearer error=\"insufficient_user_authentication\", error_description=\"the operation needs another sign-in\", scope=\"tickets:read\", acr_values=\"phr phrh\", max_age=\"300\", "
            + "resource_metadata=\"https://mcp.trackr.example/.well-known/oauth-protected-resource/v1/mcp\"",
            (await _ras.CallToolAsync(Token("pwd", 9000), "pay")).Header("WWW-Authenticate"));
        Assert.DoesNotContain("acr_values", (await _ras.CallToolAsync(Token(null, 9000), "look")).Header("WWW-Authenticate"), StringComparison.Ordinal);
        Assert.DoesNotContain("max_age", (await _ras.CallToolAsync(Token(null, null), "sign")).Header("WWW-Authenticate"), StringComparison.Ordinal);

        // Scopes first: with another sign-in alone it would be refused again.
        var scope = await _ras.CallToolAsync(Token("pwd", 9000, scope: "tickets:other"), "pay");
        Assert.Equal(403, scope.Status);
        Assert.Equal(0, _ras.Handled);
    }

    [Fact, Trait("Spec", "RS-15")]
    public async Task Asks_for_all_that_the_calls_of_a_batch_need()
    {
        string Batch(params string[] tools) => new JsonArray([.. tools.Select(tool => JsonNode.Parse(Ras.Call(tool)))]).ToJsonString();
        Task<Answer> Send(Draft token, params string[] tools) => _ras.CallAsync("Bearer " + token.Encode(), Batch(tools));

        Assert.Equal(200, (await Send(Token("phr", 60), "look", "pay", "sign")).Status);
        var refused = (await Send(Token("phrh", 60), "look", "pay", "sign")).Header("WWW-Authenticate")!;
        Assert.Contains("acr_values=\"phr\", max_age=\"300\"", refused, StringComparison.Ordinal);
        Assert.Equal(401, (await Send(Token("phr", 60), "sign", "seal")).Status);        // no sign-in is both
        Assert.Equal(401, (await Send(Token("mfa", 60), "sign", "seal", "look")).Status);
    }

    [Theory, Trait("Spec", "RS-10")]
    [InlineData("acr", 7)]
    [InlineData("auth_time", "yesterday")]
    public async Task Refuses_a_token_that_says_it_in_no_way_that_can_be_read(string claim, object value)
    {
        var token = Token("phr", 60);
        token.Claims[claim] = JsonValue.Create(value);
        var answer = await _ras.CallToolAsync(token, "tickets.list");
        Assert.Equal(401, answer.Status);
        Assert.Contains("error=\"invalid_token\"", answer.Header("WWW-Authenticate"), StringComparison.Ordinal);
    }

    public static TheoryData<string> Faults => [.. Bad.Keys];

    private static readonly Dictionary<string, Action<McpResourceServerOptions>> Bad = new()
    {
        ["RequireSignIn(ping): acr values, or an age."] = options => options.RequireSignIn("ping", []),
        ["RequireSignIn(ping): an age from a second to a year."] = options => options.RequireSignIn("ping", [], TimeSpan.Zero),
        ["RequireSignIn(ping): an acr value is printable ASCII without space."] = options => options.RequireSignIn("ping", ["a b"]),
        ["RequireSignIn(ping): it is said already."] = options => options.RequireSignIn("ping", ["a"]).RequireSignIn("ping", ["b"]),
        ["RequireSignIn(pong): the tool is not declared."] = options => options.RequireSignIn("pong", ["a"]),
    };

    [Theory, MemberData(nameof(Faults))]
    public async Task Does_not_start_with(string fault)
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => Ras.StartAsync(broker, new RasSetup { Mcp = Bad[fault] }));
        Assert.Equal([fault], refused.Failures);
    }
}
