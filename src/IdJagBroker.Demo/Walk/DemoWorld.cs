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
    private readonly WebApplication _broker;
    private readonly NotesServer _notes;

    private DemoWorld(DemoAddresses at, OpenIdProvider idp, WebApplication broker, NotesServer notes) =>
        (At, Idp, _broker, _notes) = (at, idp, broker, notes);

    public DemoAddresses At { get; }

    /// <summary>The enterprise IdP, for its administrator.</summary>
    public OpenIdProvider Idp { get; }

    /// <summary>The clock of them all.</summary>
    public required TimeProvider Clock { get; init; }

    /// <summary>The password of all six people; a new one for each run.</summary>
    public required string Password { get; init; }

    /// <summary>The secret of the clients that have one, at all three; a new one for each run.</summary>
    public required string ClientSecret { get; init; }

    public required string ManagementToken { get; init; }

    /// <summary>The directory of catalogue and rules.</summary>
    public required string Policies { get; init; }

    /// <summary>The MCP server's URL and resource identifier.</summary>
    public string Mcp => _notes.Resource;

    /// <summary>Starts all of them, the broker in Development with a private Postgres cluster.</summary>
    /// <param name="options">How.</param>
    /// <param name="brokerConfiguration">More configuration for the broker, such as another database.</param>
    /// <param name="ct">Ends the start.</param>
    /// <param name="notesKey">What the vendor's access tokens are signed with; null: a key in its process.</param>
    /// <param name="time">Whose time it is; null: the true one.</param>
    public static async Task<DemoWorld> StartAsync(
        DemoOptions options, IReadOnlyList<string> brokerConfiguration, CancellationToken ct, ISigningKey? notesKey = null, DemoTime? time = null)
    {
        time ??= DemoTime.True;
        var (at, idpPort, notesPort) = DemoAddresses.Choose(options);
        var (password, clientSecret, managementToken, secretKey, brokerSecret) = (Random(9), Random(32), Random(32), KeyIn(options.State), Random(32));
        var idp = OpenIdProvider.Create(new IdpOptions
        {
            Port = idpPort, People = AcmePeople.With(password), Shape = options.Shape, Clock = time.Clock,
            Clients = [new IdpClient(DemoClient.AtIdp, clientSecret, DemoClient.Redirect.OriginalString), BrokerAtIdp(at, brokerSecret)],
        });
        await idp.StartAsync(ct);

        var policies = DemoPolicies.Write(options, at, Hash(secretKey, clientSecret));
        var broker = await time.CreateBrokerAsync(
        [
            "--environment", "Development", $"--State={options.State}", $"--Broker:Issuer={at.Broker}", $"--Broker:PublicUrl={at.Broker}",
            $"--Broker:ManagementUrl={at.Management}", $"--Broker:Policies={policies}", $"--Clients:SecretKey={secretKey}",
            $"--Management:TokenHash={Hash(secretKey, managementToken)}", $"--Upstreams:acme:SignIn:Secret={brokerSecret}", "--Logging:LogLevel:Default=Error", .. brokerConfiguration,
        ], ct);
        await broker.StartAsync(ct);

        var notes = NotesServer.Create(new NotesServerOptions
        {
            Port = notesPort, Broker = at.Broker, SigningKey = notesKey, Clock = time.Clock,
            Clients = [.. new[] { DemoClient.AtNotes, DesktopClient.Desktop.AtNotes, DesktopClient.Cli.AtNotes }.Select(id => new IdJagClient { ClientId = id, Secret = clientSecret })],
        });
        await notes.StartAsync(ct);
        return new DemoWorld(at, idp, broker, notes)
        {
            Password = password, ClientSecret = clientSecret, ManagementToken = managementToken, Policies = policies, Clock = time.Clock,
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _notes.DisposeAsync();
        await _broker.StopAsync();
        await _broker.DisposeAsync();
        await Idp.DisposeAsync();
    }

    // As an administrator registers the broker at Okta: an OpenID application like any other.
    private static IdpClient BrokerAtIdp(DemoAddresses at, string secret) => new(DemoPolicies.AtIdp, secret, $"{at.Broker}/signin/callback/acme")
    {
        BackChannelLogoutUri = new Uri($"{at.Broker}/signin/backchannel-logout/acme"),
    };

    // The same for each run with that database: what was sealed in it must open again. Where the broker itself would keep it in Development.
    private static string KeyIn(string state)
    {
        var file = Path.Combine(Directory.CreateDirectory(state).FullName, "secret-key");
        if (!File.Exists(file))
        {
            var made = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) made.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using var written = new FileStream(file, made);
            written.Write(Encoding.ASCII.GetBytes(Random(32)));
        }
        return File.ReadAllText(file).Trim();
    }

    private static string Random(int bytes) => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(bytes));

    // What `idjag secret hash` prints.
    private static string Hash(string key, string secret) =>
        "hmac-sha256:" + Base64Url.EncodeToString(HMACSHA256.HashData(Base64Url.DecodeFromChars(key), Encoding.UTF8.GetBytes(secret)));
}
