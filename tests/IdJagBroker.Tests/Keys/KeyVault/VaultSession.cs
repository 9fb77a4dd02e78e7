using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Azure.Core;
using Azure.Core.Pipeline;
using IdJagBroker.Keys.KeyVault;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Shared;
using IdJagBroker.StandIn;
using Microsoft.Extensions.Logging;

namespace IdJagBroker.Tests.Keys.KeyVault;

/// <summary>
/// A stand-in vault and our client of it, over TLS. The client knows it as <c>contoso.vault.azure.net</c>, and its connections are led
/// here: so every check is on that is on in production.
/// </summary>
internal sealed class VaultSession : IAsyncDisposable
{
    public const string Host = "contoso.vault.azure.net";

    private readonly HttpClientTransport _transport;

    private VaultSession(StandInVault vault, string host, KeyVaultLimits limits, TokenCredential? credential, TimeProvider time)
    {
        (Vault, Desk) = (vault, new DeskCredential(vault));
        Assert.True(VaultAddress.TryParse($"https://{host}/", development: host.StartsWith("127.", StringComparison.Ordinal), out var address));
        Address = address;
        _transport = KeyVaultTransport.Over(Handler(vault));
        Client = new KeyVaultClient(address, credential ?? Desk, _transport, limits, time, Log);
    }

    public StandInVault Vault { get; }

    public VaultAddress Address { get; }

    public KeyVaultClient Client { get; }

    public DeskCredential Desk { get; }

    public CollectedLog Log { get; } = new();

    public static async Task<VaultSession> StartAsync(
        string? host = Host, KeyVaultLimits? limits = null, Func<StandInVault, TokenCredential>? credential = null, TimeProvider? time = null)
    {
        var vault = await StandInVault.StartAsync(makeRsa: new RsaPairs().Next);
        return new VaultSession(vault, host ?? vault.Url.Authority, limits ?? new KeyVaultLimits(), credential?.Invoke(vault), time ?? TimeProvider.System);
    }

    /// <summary>A key to sign with, made with the client; then the stand-in's record of requests starts anew.</summary>
    public async Task<VaultKey> SigningKeyAsync(VaultKeyKind? kind = null)
    {
        var key = await Client.CreateKeyAsync("signing", kind ?? VaultKeyKind.P256, ["sign", "verify"], TestContext.Current.CancellationToken);
        Vault.ForgetCalls();
        return key;
    }

    public Task<byte[]> SignAsync(VaultKey key) => Client.SignAsync(key.Id, JwsAlgorithm.ES256, Digest(), TestContext.Current.CancellationToken);

    public static byte[] Digest() => SHA256.HashData("to be signed"u8);

    /// <summary>A handler that trusts the stand-in's own authority only, and connects to it whatever the name is.</summary>
    public static SocketsHttpHandler Handler(StandInVault vault)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPem(vault.RootCertificatePem);
        return new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            SslOptions = { CertificateChainPolicy = policy },
            ConnectCallback = async (_, ct) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(IPAddress.Loopback, vault.Url.Port, ct);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _transport.Dispose();
        await Vault.DisposeAsync();
    }

    /// <summary>Has tokens of whichever tenant is asked for, and notes what it was asked.</summary>
    internal sealed class DeskCredential(StandInVault vault) : TokenCredential
    {
        private readonly Lock _lock = new();
        private readonly List<TokenRequestContext> _asked = [];

        public TimeSpan Lifetime { get; set; } = TimeSpan.FromHours(1);

        public Exception? Failure { get; set; }

        public TimeSpan Delay { get; set; }

        public VaultRole Role { get; set; } = VaultRole.CryptoOfficer;

        public IReadOnlyList<TokenRequestContext> Asked
        {
            get
            {
                lock (_lock) return [.. _asked];
            }
        }

        public string LastToken { get; private set; } = "";

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("A token was asked for by blocking a thread.");

        public override async ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            lock (_lock) _asked.Add(requestContext);
            await Task.Delay(Delay, cancellationToken);
            if (Failure is not null) throw Failure;
            LastToken = vault.Tokens.Issue(Role, Lifetime, requestContext.TenantId, requestContext.Scopes[0][..^"/.default".Length]);
            return new AccessToken(LastToken, TimeProvider.System.GetUtcNow() + Lifetime);
        }
    }

    internal sealed class CollectedLog : ILogger<KeyVaultClient>
    {
        private readonly Lock _lock = new();
        private readonly List<(LogLevel Level, int Id, string Text)> _lines = [];

        public IReadOnlyList<(LogLevel Level, int Id, string Text)> Lines
        {
            get
            {
                lock (_lock) return [.. _lines];
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lock) _lines.Add((logLevel, eventId.Id, formatter(state, exception) + exception));
        }
    }
}
