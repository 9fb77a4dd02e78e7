using IdJagBroker.McpAuthorization.Tests.Support;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.McpAuthorization.Tests.ResourceServer;

/// <summary>The same tokens as an authentication scheme, for endpoints that are not MCP: the same answers as the guard gives.</summary>
public sealed class McpAccessTokenHandlerTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>, IAsyncLifetime
{
    private Ras _ras = null!;

    public async ValueTask InitializeAsync() => _ras = await Ras.StartAsync(broker, new RasSetup
    {
        Build = server =>
        {
            server.Services.AddAuthentication().AddMcpAccessToken();
            server.Services.AddAuthorizationBuilder()
                .AddPolicy("anybody", policy => policy.RequireAuthenticatedUser())
                .AddPolicy("comment", policy => policy.RequireMcpScope("tickets:comment"))
                .AddPolicy("nobody", policy => policy.RequireAuthenticatedUser().RequireClaim("sub", "somebody else"));
        },
        Map = app =>
        {
            app.UseAuthentication();
            app.UseAuthorization();
            app.MapGet("/open", (HttpContext http) => http.User.Identity?.Name ?? "nobody");
            foreach (var policy in (string[])["anybody", "comment", "nobody"]) app.MapGet("/" + policy, (HttpContext http) => http.User.Identity!.Name).RequireAuthorization(policy);
        },
    });

    public ValueTask DisposeAsync() => _ras.DisposeAsync();

    private async Task<Answer> GetAsync(string path, string? authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", authorization);
        return await Answer.ReadAsync(await _ras.Http.SendAsync(request));
    }

    private string Bearer(string scope = "tickets:read", Action<Draft>? spoil = null)
    {
        var token = _ras.AccessToken(scope);
        spoil?.Invoke(token);
        return "Bearer " + token.Encode();
    }

    [Fact, Trait("Spec", "RS-10")]
    public async Task A_good_token_is_its_person()
    {
        Assert.Equal((200, "trk_4821"), (await GetAsync("/anybody", Bearer())) is var answer ? (answer.Status, answer.Body) : default);
        Assert.Equal("nobody", (await GetAsync("/open", null)).Body);
        Assert.Equal("trk_4821", (await GetAsync("/open", Bearer())).Body);
    }

    [Fact, Trait("Spec", "RS-08"), Trait("Spec", "RS-09"), Trait("Spec", "RS-10")]
    public async Task Refuses_in_the_words_of_the_guard()
    {
        foreach (var authorization in (string?[])[null, "Bearer x y", Bearer(spoil: token => token.Claims["aud"] = "https://mcp.other.example"), Bearer(spoil: token => token.Header["typ"] = "JWT")])
        {
            var (guard, scheme) = (await _ras.CallAsync(authorization, "{}"), await GetAsync("/anybody", authorization));
            Assert.Equal((guard.Status, guard.Header("WWW-Authenticate"), "no-store"), (scheme.Status, scheme.Header("WWW-Authenticate"), scheme.Header("Cache-Control")));
            Assert.True(scheme.Status is 400 or 401, authorization);
        }
        Assert.Equal("nobody", (await GetAsync("/open", Bearer(spoil: token => token.Claims["exp"] = 1))).Body);
    }

    [Fact, Trait("Spec", "RS-13"), Trait("Spec", "RS-14")]
    public async Task A_scope_that_is_missing_is_named()
    {
        Assert.Equal(200, (await GetAsync("/comment", Bearer("tickets:comment"))).Status);
        Assert.Equal(200, (await GetAsync("/comment", Bearer("tickets:admin"))).Status);        // which includes it
        var refused = await GetAsync("/comment", Bearer());
        Assert.Equal(403, refused.Status);
        Assert.StartsWith("Bearer error=\"insufficient_scope\"", refused.Header("WWW-Authenticate"), StringComparison.Ordinal);
        Assert.Contains("scope=\"tickets:comment\"", refused.Header("WWW-Authenticate"), StringComparison.Ordinal);
        Assert.Equal(401, (await GetAsync("/comment", null)).Status);

        var other = await GetAsync("/nobody", Bearer());        // no scope would help
        Assert.Equal((403, null), (other.Status, other.Header("WWW-Authenticate")));
    }

    [Fact, Trait("Spec", "RS-17")]
    public async Task A_bound_token_is_no_bearer_token_here_either()
    {
        var answer = await GetAsync("/anybody", Bearer(spoil: token => token.Claims["cnf"] = new System.Text.Json.Nodes.JsonObject { ["jkt"] = new string('A', 43) }));
        Assert.Equal(401, answer.Status);
        Assert.StartsWith("DPoP error=\"invalid_token\"", answer.Header("WWW-Authenticate"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_requirement_of_no_scope_is_a_mistake() => Assert.Throws<ArgumentException>(() => new AuthorizationPolicyBuilder().RequireMcpScope());
}
