using IdJagBroker.Egress;
using IdJagBroker.Probe;
using IdJagBroker.Protocol;
using IdJagBroker.Shared;

namespace IdJagBroker.Tests.Probe;

/// <summary>One careless server and a probe of it, with the keys that both need.</summary>
internal sealed class ProbeDesk : IAsyncDisposable
{
    private readonly PrivateKey _key = PrivateKey.Make();
    private readonly EgressClient _egress;

    private ProbeDesk(CarelessServer server, EgressClient egress) => (Server, _egress) = (server, egress);

    public CarelessServer Server { get; }

    public ProbeSetup Setup { get; set; } = null!;

    public static async Task<ProbeDesk> StartAsync(string weakness = "", bool serves = true)
    {
        var desk = new ProbeDesk(await CarelessServer.StartAsync(weakness), new EgressClient(allowLoopbackHttp: true));
        Issuer.TryParse($"http://127.0.0.1:{FreePort.Next()}/tests", allowLoopbackHttp: true, out var issuer);
        Issuer.TryParse(desk.Server.Url, allowLoopbackHttp: true, out var server);
        var served = serves ? await KeyServer.StartAsync(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, issuer!.Url.Port), issuer, desk._key) : null;
        (desk.Server.TrustedIssuer, desk.Server.Trusted, desk.Server.Stale) = (issuer!.Value, desk._key, served?.Impostor);
        desk.Setup = new ProbeSetup
        {
            Server = server!, Issuer = issuer.Value, Key = desk._key, Client = ClientProof.OfSecret(CarelessServer.Client, CarelessServer.Secret, basic: true), Resource = CarelessServer.Resource,
            Scope = ScopeSet.Of("tickets:read", "tickets:comment"), Subject = "u-1", Patience = TimeSpan.FromSeconds(5), Served = served,
        };
        return desk;
    }

    public Task<ProbeReport> RunAsync() => RunAsync(_ => true);

    public async Task<ProbeReport> RunAsync(Func<ProbeCheck, bool> isWanted)
    {
        using var session = new ProbeSession(Setup, _egress, TimeProvider.System);
        return await ProbeRun.RunAsync(session, isWanted, default);
    }

    public async ValueTask DisposeAsync()
    {
        _egress.Dispose();
        if (Setup.Served is { } served) await served.DisposeAsync();
        await Server.DisposeAsync();
        _key.Dispose();
    }
}

/// <summary>What tests ask of a report.</summary>
internal static class Reports
{
    public static Verdict Of(this ProbeReport report, string id) => report.Results.Single(result => result.Check.Id == id).Verdict;

    /// <summary>The ids of what did not pass, in order.</summary>
    public static string[] Faults(this ProbeReport report) =>
        [.. report.Results.Where(result => result.Verdict.Outcome is ProbeOutcome.Fail or ProbeOutcome.Warn or ProbeOutcome.Unproven).Select(result => result.Check.Id)];

    public static void AssertFaultless(this ProbeReport report) => Assert.True(report.Faults() is [], report.ToTable());
}
