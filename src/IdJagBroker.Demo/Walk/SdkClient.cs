using System.Net;
using System.Text.Json.Nodes;
using ModelContextProtocol.Authentication;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace IdJagBroker.Demo.Walk;

/// <summary>The official C# MCP SDK as any client would use it; only its HttpClient is ours, to listen in.</summary>
internal sealed class SdkClient(DemoWorld world, string atBroker, string? brokerSecret, string atNotes) : IDisposable
{
    private readonly List<IDisposable> _clients = [];

    /// <summary>What it sent and got.</summary>
    public WireTap Wire { get; } = new();

    /// <summary>Forgets what it heard.</summary>
    public void Dispose()
    {
        foreach (var client in _clients) client.Dispose();
        Wire.Dispose();
    }

    /// <summary>One more HttpClient that is listened to.</summary>
    public HttpClient Tapped()
    {
        var http = new HttpClient(Wire, disposeHandler: false);
        _clients.Add(http);
        return http;
    }

    /// <summary>An access token for the notes, by way of an ID-JAG.</summary>
    /// <exception cref="IdentityAssertionGrantException">One of the two refused.</exception>
    public Task<TokenContainer> GetAccessTokenAsync(string idToken, string scope, HttpClient http, CancellationToken ct) => new IdentityAssertionGrantProvider(
        new IdentityAssertionGrantProviderOptions
        {
            IdpUrl = world.At.Broker, IdpClientId = atBroker, IdpClientSecret = brokerSecret, IdpScope = scope,
            ClientId = atNotes, ClientSecret = world.ClientSecret, IdTokenCallback = (_, _) => Task.FromResult(idToken),
        }, http).GetAccessTokenAsync(new Uri(world.Mcp), new Uri(world.At.Notes), ct);

    /// <summary>The refusal of such an attempt, and how it crossed the wire.</summary>
    /// <exception cref="WalkFailedException">It was granted.</exception>
    public async Task<(string? Error, Leg Leg)> GetRefusalAsync(string idToken, string scope, HttpClient http, CancellationToken ct)
    {
        try
        {
            await GetAccessTokenAsync(idToken, scope, http, ct);
        }
        catch (IdentityAssertionGrantException e)
        {
            return (e.ErrorCode, Wire.Last("/oauth2/token"));
        }
        throw new WalkFailedException("expected a refusal, got a token");
    }

    /// <summary>A session with the MCP server.</summary>
    public async Task<McpClient> ConnectAsync(string accessToken, CancellationToken ct)
    {
        var http = Tapped();
        http.DefaultRequestHeaders.Authorization = new("Bearer", accessToken);
        var transport = new HttpClientTransport(new HttpClientTransportOptions { Endpoint = new Uri(world.Mcp), TransportMode = HttpTransportMode.StreamableHttp }, http);
        return await McpClient.CreateAsync(transport, cancellationToken: ct);
    }

    /// <summary>What a tool said.</summary>
    public static string Text(CallToolResult result) => string.Join(" | ", result.Content.OfType<TextContentBlock>().Select(block => block.Text));

    /// <summary>A claim of a token, unverified.</summary>
    public static JsonNode ClaimsOf(string jwt) => JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(jwt.Split('.')[1]))!;
}
