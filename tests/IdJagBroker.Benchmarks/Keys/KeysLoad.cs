using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using IdJagBroker.Benchmarks.Exchange;
using IdJagBroker.Keys;
using IdJagBroker.Keys.KeyVault;
using IdJagBroker.Keys.Life;
using IdJagBroker.Keys.Providers;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.StandIn;
using IdJagBroker.Storage.PrivateCluster;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace IdJagBroker.Benchmarks.Keys;

/// <summary>
/// What the two production modes give: a wrapped key's signature in CPU time, and whole exchanges a second when each signature is a call
/// to a vault 10 ms away. Several vaults share the load, as in production: the broker asks each for no more than Microsoft publishes.
/// </summary>
internal static class KeysLoad
{
    private const int Vaults = 12;
    private const int Rounds = 5;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(6);

    /// <param name="inFlight">How many requests are under way at any time.</param>
    public static async Task PrintAsync(int inFlight)
    {
        await MeasureWrappedAsync();
        await using var vaults = await VaultProcess.StartAsync(Vaults);
        await using var postgres = await PrivatePostgres.StartAsync(new PrivatePostgresOptions { Directory = Directory.CreateTempSubdirectory("idjag-load-").FullName });
        await using var broker = await BrokerProcess.StartAsync(postgres, vaults.Settings);
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = inFlight });
        await RunAsync(http, broker, inFlight, WarmUp);
        var best = (PerSecond: 0.0, Refused: 0, Cpu: 0.0);
        for (var round = 0; round < Rounds; round++)
        {
            var (before, started) = (ProcessCpu.Of(broker.Id), Stopwatch.GetTimestamp());
            var (granted, refused) = await RunAsync(http, broker, inFlight, Round);
            var perSecond = granted / Stopwatch.GetElapsedTime(started).TotalSeconds;
            if (perSecond > best.PerSecond) best = (perSecond, refused, (ProcessCpu.Of(broker.Id) - before).TotalMicroseconds / granted);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"vault, {Vaults} of them 10 ms away, {inFlight} in flight: {best.PerSecond:F0} exchanges/s (goal 2000), {best.Refused} answered 503; broker {best.Cpu:F0} µs CPU each"));
    }

    private static async Task MeasureWrappedAsync()
    {
        await using var vault = await StandInVault.StartAsync();
        var root = Path.GetTempFileName();
        await File.WriteAllTextAsync(root, vault.RootCertificatePem);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Keys:Vault:Url"] = vault.Url.AbsoluteUri, ["Keys:Vault:Credential"] = "test-token", ["Keys:Vault:TrustedRootFile"] = root,
            ["Keys:Vault:TestToken"] = vault.Tokens.Issue(VaultRole.CryptoOfficer),
        }).Build();
        using var connections = new IdJagBroker.Keys.Providers.Vaults(
            configuration, new HostingEnvironment { EnvironmentName = "Development" }, TimeProvider.System, NullLogger<KeyVaultClient>.Instance);
        Issuer.TryParse("https://idjag.example", false, out var issuer);
        var provider = new WrappedKeys(connections, configuration, Options.Create(new KeyOptions { Mode = "wrapped" }), new KeyMaker(), issuer!, TimeProvider.System, NullLogger<VaultKeys>.Instance);
        var slot = new KeySlot(KeyPurpose.IdJag, JwsAlgorithm.ES256, provider.Places(KeyPurpose.IdJag, JwsAlgorithm.ES256)[0]);
        await provider.CreateAsync(slot, [], TimeProvider.System.GetUtcNow(), default);      // makes the vault's two keys as well
        var (started, row) = (Stopwatch.GetTimestamp(), (await provider.CreateAsync(slot, [], TimeProvider.System.GetUtcNow(), default))!);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"wrapped: made, wrapped and vouched for in {Stopwatch.GetElapsedTime(started).TotalMilliseconds:F1} ms"));
        var key = await provider.OpenAsync(row, default);
        var digest = SHA256.HashData("to be signed"u8);
        CpuTime.Measure("wrapped, ES256", () => key.SignDigestAsync(digest, default).AsTask().Result);
        File.Delete(root);
    }

    private static async Task<(int Granted, int Refused)> RunAsync(HttpClient http, BrokerProcess broker, int inFlight, TimeSpan time)
    {
        var (granted, refused, watch, body) = (0, 0, Stopwatch.StartNew(), broker.SecretForm());
        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(async _ =>
        {
            while (watch.Elapsed < time)
            {
                using var content = new ByteArrayContent(body);
                content.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded");
                using var response = await http.PostAsync(broker.TokenEndpoint, content);
                if (response.IsSuccessStatusCode) Interlocked.Increment(ref granted);
                else if (response.StatusCode is HttpStatusCode.ServiceUnavailable) Interlocked.Increment(ref refused);
                else throw new InvalidOperationException(await response.Content.ReadAsStringAsync());
            }
        }));
        return (granted, refused);
    }
}
