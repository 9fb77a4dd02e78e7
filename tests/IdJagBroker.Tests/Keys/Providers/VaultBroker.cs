using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Keys;
using IdJagBroker.Keys.KeyVault;
using IdJagBroker.Keys.Life;
using IdJagBroker.Keys.Providers;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Shared;
using IdJagBroker.StandIn;
using IdJagBroker.Tests.Keys.KeyVault;
using IdJagBroker.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.Tests.Keys.Providers;

/// <summary>A whole broker whose keys are in stand-in vaults, over TLS.</summary>
internal sealed class VaultBroker : IAsyncDisposable
{
    /// <summary>What the vault calls the key that signs for most audiences.</summary>
    public const string KeyName = "idjag-id-jag-es256";

    private readonly string _directory = Directory.CreateTempSubdirectory("idjag-vaults-").FullName;
    private readonly List<StandInVault> _vaults = [];

    private readonly RsaPairs _rsaPairs = new();
    private readonly BrokerPostgres _postgres;
    private string[] _settings = [];

    private VaultBroker(BrokerPostgres postgres) => (_postgres, Broker) = (postgres, new BrokerFixture(postgres) { RsaPairs = _rsaPairs });

    public BrokerFixture Broker { get; private set; }

    public StandInVault Vault => _vaults[0];

    public IReadOnlyList<StandInVault> Vaults => _vaults;

    /// <summary>What says to a process of this broker where its keys are.</summary>
    public IReadOnlyList<string> Settings => _settings;

    /// <summary>The broker's token at the first vault.</summary>
    public string Token { get; private set; } = "";

    public ConfiguredVault Configured => Broker.Services.GetRequiredService<Vaults>().All[0];

    public KeyVaultClient Client => Configured.Client;

    public ISigningKeyProvider Provider => Broker.Services.GetRequiredService<KeyProviders>().Current;

    /// <param name="before">Done to the first vault before the broker starts.</param>
    /// <param name="tokenLife">How long the broker's token at the vaults is good for.</param>
    public static async Task<VaultBroker> StartAsync(
        BrokerPostgres postgres, string mode = "vault", int vaults = 1, VaultRole role = VaultRole.CryptoOfficer, string[]? settings = null,
        Func<VaultBroker, Task>? before = null, TimeSpan? tokenLife = null, Action<IServiceCollection>? plugIn = null)
    {
        var started = new VaultBroker(postgres);
        try
        {
            var configuration = new List<string> { $"--Keys:Mode={mode}" };
            for (var i = 0; i < vaults; i++)
                configuration.AddRange(await started.StartVaultAsync(vaults is 1 ? "Keys:Vault" : $"Keys:Vaults:{i}", role, tokenLife));
            if (before is not null) await before(started);
            started._settings = [.. configuration, .. settings ?? []];
            await started.Broker.StartAsync(started._settings, plugIn: plugIn);
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops the broker, and starts it in another mode with its database and vaults.</summary>
    public async Task ChangeModeAsync(string mode)
    {
        var database = Broker.ConnectionString;
        await Broker.DisposeAsync();
        Broker = new BrokerFixture(_postgres) { RsaPairs = _rsaPairs };
        await Broker.StartAsync([.. _settings, $"--Keys:Mode={mode}", $"--Database:ConnectionString={database}"]);
    }

    public async ValueTask DisposeAsync()
    {
        await Broker.DisposeAsync();
        foreach (var vault in _vaults) await vault.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    public async Task<IReadOnlyList<SigningKeyRow>> RowsAsync() => await Broker.Services.GetRequiredService<KeyTable>().ReadAsync(TestContext.Current.CancellationToken);

    /// <summary>The active key for ID-JAGs with ES256, or for something else.</summary>
    public async Task<SigningKeyRow> ActiveAsync(string algorithm = "ES256", KeyPurpose purpose = KeyPurpose.IdJag) =>
        (await RowsAsync()).Single(row => row.State is KeyState.Active && row.Purpose == purpose && row.Algorithm == algorithm);

    /// <summary>An exchange whose token verifies with what the JWKS says.</summary>
    public async Task<TokenAnswer> IsGrantedAsync(string? idToken = null) => await VerifiedAsync(await ExchangeAsync(idToken));

    /// <summary>A token that verifies with what the JWKS says.</summary>
    public async Task<TokenAnswer> VerifiedAsync(TokenAnswer answer)
    {
        answer.IsGranted();
        var published = JsonWebKeySet.TryParse(await Broker.Http.GetByteArrayAsync(new Uri(Broker.Issuer + "/oauth2/jwks")))!;
        Assert.True(CompactJws.TryParse((string)answer.Body!["access_token"]!, IdJag.MaxChars, out var jws, out _));
        using (jws) Assert.Equal(JwsFailure.None, JwsVerifier.Verify(jws, published, [JwsAlgorithm.ES256], out _));
        return answer;
    }

    /// <summary>An exchange that is refused as it must be while a vault is in trouble: soon, with a time to come back, and with no token.</summary>
    public async Task IsUnavailableAsync()
    {
        var watch = Stopwatch.StartNew();
        IsRefusedForNow(await ExchangeAsync());
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2), $"{watch.Elapsed}");
    }

    public static void IsRefusedForNow(TokenAnswer answer)
    {
        answer.IsRefused("temporarily_unavailable", HttpStatusCode.ServiceUnavailable);
        Assert.True(answer.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1), "Retry-After is missing");
        Assert.DoesNotContain("vault", answer.Text, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Waits for a token that verifies, 5 s at the most.</summary>
    public Task RecoversAsync(string? idToken = null) => RecoversAsync(Broker.Token, idToken, Stopwatch.StartNew());

    /// <summary>The same of a replica, or of the broker itself, and that it calls itself ready: both within 5 s of the vault's return.</summary>
    /// <param name="notBefore">The vault's own word before it returned (<c>Retry-After</c>): until then nobody can know that it has.</param>
    public async Task IsWholeAgainAsync(Replica? replica = null, TimeSpan notBefore = default)
    {
        await Task.Delay(notBefore, TestContext.Current.CancellationToken);
        var watch = Stopwatch.StartNew();
        await RecoversAsync(new TokenClient(Broker, replica?.Url), null, watch);
        while (await Broker.ReadinessAsync(replica?.Management) is not "ready")
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"not ready after {watch.Elapsed}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    private async Task RecoversAsync(TokenClient client, string? idToken, Stopwatch watch)
    {
        while (true)
        {
            var answer = await client.SendAsync(client.Form(idToken));
            if (answer.Status is HttpStatusCode.OK)
            {
                await VerifiedAsync(answer);
                return;
            }
            IsRefusedForNow(answer);
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"not back after {watch.Elapsed}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    public Task<TokenAnswer> ExchangeAsync(string? idToken = null) => Broker.Token.SendAsync(Broker.Token.Form(idToken));

    /// <summary>How often the first vault was asked for something.</summary>
    public int Calls(string operation) => Vault.Calls.Count(call => call.Operation == operation && call.Token is not null);

    /// <summary>What an operator does at the vault, with the rights to.</summary>
    public async Task<JsonObject> OperateAsync(HttpMethod method, string path, JsonObject? body = null)
    {
        using var http = new HttpClient(VaultSession.Handler(Vault));
        using var request = new HttpRequestMessage(method, new Uri(Vault.Url, path + "?api-version=7.4")) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = new("Bearer", Vault.Tokens.Issue(VaultRole.CryptoOfficer));
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return text is "" ? [] : JsonNode.Parse(text)!.AsObject();
    }

    /// <summary>The operator makes a key, or its next version.</summary>
    public Task<JsonObject> MakeKeyAsync(string name = KeyName, string type = "EC", bool exportable = false, params string[] operations) => OperateAsync(HttpMethod.Post, $"keys/{name}/create", new JsonObject
    {
        ["kty"] = type, ["key_ops"] = new JsonArray([.. (operations is [] ? ["sign", "verify"] : operations).Select(operation => JsonValue.Create(operation))]), ["attributes"] = new JsonObject { ["exportable"] = exportable },
    });

    private async Task<string[]> StartVaultAsync(string section, VaultRole role, TimeSpan? tokenLife)
    {
        var vault = await StandInVault.StartAsync(makeRsa: _rsaPairs.Next);
        _vaults.Add(vault);
        var root = Path.Combine(_directory, $"root-{_vaults.Count}.pem");
        await File.WriteAllTextAsync(root, vault.RootCertificatePem);
        var token = vault.Tokens.Issue(role, tokenLife);
        if (_vaults.Count is 1) Token = token;
        return [$"--{section}:Url={vault.Url}", $"--{section}:Credential=test-token", $"--{section}:TestToken={token}", $"--{section}:TrustedRootFile={root}"];
    }
}
