using System.Net;
using IdJagBroker.Demo.Walk;
using ModelContextProtocol.Authentication;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace IdJagBroker.RealClients.Tests;

/// <summary>The official C# SDK: its client, and its provider of access tokens by ID-JAG.</summary>
public sealed class CSharpSdkTests(Enterprise enterprise) : IDisposable
{
    private readonly WireTap _wire = new();
    private readonly List<IDisposable> _disposables = [];

    public void Dispose()
    {
        foreach (var one in _disposables) one.Dispose();
        _wire.Dispose();
    }

    [Theory, Trait("Spec", "META-01"), Trait("Spec", "META-02"), Trait("Spec", "RAS-41"), Trait("Spec", "SEC-22")]
    [InlineData("tickets", null)]
    [InlineData("tenant", null)]
    [InlineData("tenant", "client_secret_basic")]
    public async Task Gets_an_access_token_by_id_jag_and_works_with_it(string name, string? authentication)
    {
        var server = enterprise.Server(name);
        var provider = await ProviderAsync(TicketTools.Read, authentication);
        var tokens = await provider.GetAccessTokenAsync(new Uri(server.Resource), new Uri(server.Issuer), TestContext.Current.CancellationToken);
        Assert.Equal(("Bearer", TicketTools.Read), (tokens.TokenType, tokens.Scope));
        Assert.Equal(authentication is "client_secret_basic", _wire.Last("/token").Authorization is not null);

        await using var client = await ConnectAsync(server, tokens.AccessToken);
        Assert.Equal("tickets", client.ServerInfo?.Name);
        Assert.Superset(new HashSet<string> { "help", "tickets.comment", "tickets.list" }, (await client.ListToolsAsync()).Select(tool => tool.Name).ToHashSet());
        Assert.StartsWith("#1 for ", Text(await client.CallToolAsync("tickets.list")), StringComparison.Ordinal);
        Assert.Equal("tickets.list, tickets.comment", Text(await client.CallToolAsync("help")));
    }

    [Fact, Trait("Spec", "RS-13"), Trait("Spec", "RS-20")]
    public async Task Reports_a_missing_scope_as_403_and_asks_nobody_again_by_itself()
    {
        var provider = await ProviderAsync(TicketTools.Read);
        var tokens = await provider.GetAccessTokenAsync(new Uri(enterprise.Tickets.Resource), new Uri(enterprise.Tickets.Issuer), TestContext.Current.CancellationToken);
        await using var client = await ConnectAsync(enterprise.Tickets, tokens.AccessToken);
        var redeemed = _wire.Last("/token");

        var refusal = await Assert.ThrowsAsync<HttpRequestException>(() => CommentAsync(client));
        Assert.Equal(HttpStatusCode.Forbidden, refusal.StatusCode);
        Assert.Contains("""error="insufficient_scope", """, _wire.Last("/mcp").Challenge, StringComparison.Ordinal);
        Assert.Contains("""scope="tickets:comment", """, _wire.Last("/mcp").Challenge, StringComparison.Ordinal);
        Assert.Same(redeemed, _wire.Last("/token"));                          // so an application has to: the next test
        Assert.StartsWith("#1 for ", Text(await client.CallToolAsync("tickets.list")), StringComparison.Ordinal);     // the connection goes on
    }

    [Theory, Trait("Spec", "RS-13"), Trait("Spec", "RS-16")]
    [InlineData("tickets")]
    [InlineData("tenant")]
    public async Task Steps_up_by_a_new_id_jag_for_the_scope_that_the_refusal_named(string name)
    {
        var (server, idToken) = (enterprise.Server(name), await enterprise.SignInAsync());
        var asked = new List<string>();
        var stepping = new SteppingUp(scope =>
        {
            asked.Add(scope);
            return Provider(idToken, scope, null);
        }, new Uri(server.Resource), new Uri(server.Issuer), TicketTools.Read, _wire);
        await using var client = await ConnectAsync(server, Keep(new HttpClient(stepping, disposeHandler: false)));

        Assert.StartsWith("#1 for ", Text(await client.CallToolAsync("tickets.list")), StringComparison.Ordinal);
        Assert.Equal("#1: looks good", Text(await CommentAsync(client)));
        Assert.StartsWith("#1 for ", Text(await client.CallToolAsync("tickets.list")), StringComparison.Ordinal);     // what it had, it still has
        Assert.Equal(["tickets:read", "tickets:read tickets:comment"], asked);
    }

    private async Task<IdentityAssertionGrantProvider> ProviderAsync(string scope, string? authentication = null) => Provider(await enterprise.SignInAsync(), scope, authentication);

    private IdentityAssertionGrantProvider Provider(string idToken, string scope, string? authentication) => new(
        new IdentityAssertionGrantProviderOptions
        {
            IdpUrl = enterprise.Broker, IdpClientId = Enterprise.ClientId, IdpClientSecret = enterprise.Secret, IdpScope = scope,
            ClientId = TicketServer.ClientId, ClientSecret = enterprise.SecretAtTickets, TokenEndpointAuthMethod = authentication, Scope = scope,
            IdTokenCallback = (_, _) => Task.FromResult(idToken),
        }, Keep(new HttpClient(_wire, disposeHandler: false)));

    private Task<McpClient> ConnectAsync(TicketServer server, string accessToken)
    {
        var http = Keep(new HttpClient(_wire, disposeHandler: false));
        http.DefaultRequestHeaders.Authorization = new("Bearer", accessToken);
        return ConnectAsync(server, http);
    }

    private static Task<McpClient> ConnectAsync(TicketServer server, HttpClient http) => McpClient.CreateAsync(
        new HttpClientTransport(new HttpClientTransportOptions { Endpoint = new Uri(server.Resource), TransportMode = HttpTransportMode.StreamableHttp }, http));

    private HttpClient Keep(HttpClient http)
    {
        _disposables.Add(http);
        return http;
    }

    private static Task<CallToolResult> CommentAsync(McpClient client) =>
        client.CallToolAsync("tickets.comment", new Dictionary<string, object?> { ["text"] = "looks good" }).AsTask();

    private static string Text(CallToolResult result) => string.Join(" | ", result.Content.OfType<TextContentBlock>().Select(block => block.Text));
}
