using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Demo.EnterpriseIdp;
using IdJagBroker.Demo.McpServer;
using IdJagBroker.Hosting;
using IdJagBroker.McpAuthorization;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Demo.Walk;

/// <summary>Everybody who takes part, up and running: the enterprise's IdP, the broker with its database, a vendor's MCP server.</summary>
internal sealed class DemoWorld : IAsyncDisposable
{
    private readonly OpenIdProvider _idp;
    private readonly WebApplication _broker;
    private readonly NotesServer _notes;

    private DemoWorld(DemoAddresses at, OpenIdProvider idp, WebApplication broker, NotesServer notes) =>
        (At, _idp, _broker, _notes) = (at, idp, broker, notes);

    public DemoAddresses At { get; }

    /// <summary>The password of all six people; a new one for each run.</summary>
    public required string Password { get; init; }

    /// <summary>The client's secret at all three; a new one for each run.</summary>
    public required string ClientSecret { get; init; }

    public required string ManagementToken { get; init; }

    /// <summary>The directory of catalogue and rules.</summary>
    public required string Policies { get; init; }

    /// <summary>The MCP server's URL and resource identifier.</summary>
    public string Mcp => _notes.Resource;

    /// <summary>Starts all of them, the broker in Development with a private Postgres cluster.</summary>
    /// <param name="notesKey">What the vendor's access tokens are signed with; null: a key in its process.</param>
    public static async Task<DemoWorld> StartAsync(DemoOptions options, IReadOnlyList<string> brokerConfiguration, CancellationToken ct, ISigningKey? notesKey = null)
    {
        var (at, idpPort, notesPort) = DemoAddresses.Choose(options);
        var (password, clientSecret, managementToken, secretKey) = (Random(9), Random(32), Random(32), Random(32));
        var idp = OpenIdProvider.Create(new IdpOptions
        {
            Port = idpPort, People = AcmePeople.With(password), Shape = options.Shape,
            Clients = [new IdpClient(DemoClient.AtIdp, clientSecret, DemoClient.Redirect.OriginalString)],
        });
        await idp.StartAsync(ct);

        var policies = DemoPolicies.Write(options, at, Hash(secretKey, clientSecret));
        var broker = await BrokerApplication.CreateAsync(
        [
            "--environment", "Development", $"--State={options.State}", $"--Broker:Issuer={at.Broker}", $"--Broker:PublicUrl={at.Broker}",
            $"--Broker:ManagementUrl={at.Management}", $"--Broker:Policies={policies}", $"--Clients:SecretKey={secretKey}",
            $"--Management:TokenHash={Hash(secretKey, managementToken)}", "--Logging:LogLevel:Default=Error", .. brokerConfiguration,
        ], ct);
        await broker.StartAsync(ct);

        var notes = NotesServer.Create(new NotesServerOptions
        {
            Port = notesPort, Broker = at.Broker, Clients = [new IdJagClient { ClientId = DemoClient.AtNotes, Secret = clientSecret }], SigningKey = notesKey,
        });
        await notes.StartAsync(ct);
        return new DemoWorld(at, idp, broker, notes)
        {
            Password = password, ClientSecret = clientSecret, ManagementToken = managementToken, Policies = policies,
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _notes.DisposeAsync();
        await _broker.StopAsync();
        await _broker.DisposeAsync();
        await _idp.DisposeAsync();
    }

    private static string Random(int bytes) => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(bytes));

    // What `idjag secret hash` prints.
    private static string Hash(string key, string secret) =>
        "hmac-sha256:" + Base64Url.EncodeToString(HMACSHA256.HashData(Base64Url.DecodeFromChars(key), Encoding.UTF8.GetBytes(secret)));
}
