using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Audit;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Benchmarks.Exchange;
using IdJagBroker.Shared;
using IdJagBroker.Storage.PrivateCluster;
using IdJagBroker.Tests.Audit.Sequencing;
using Npgsql;

namespace IdJagBroker.Tests.Audit;

/// <summary>
/// Power cuts under load, on a server with fsync: no token without its event, no gap, and the tree is the one that the last checkpoint signed.
/// IDJAG_FAULT_ROUNDS is how often each is killed (default: 2).
/// </summary>
public sealed class FaultTests
{
    private static readonly int Rounds = int.Parse(Environment.GetEnvironmentVariable("IDJAG_FAULT_ROUNDS") ?? "2", CultureInfo.InvariantCulture);

    [Theory, Trait("Spec", "IDP-53")]
    [InlineData("the service")]
    [InlineData("Postgres")]
    public async Task Loses_no_event_of_a_token_when_killed_at_full_load(string what)
    {
        var folder = Directory.CreateTempSubdirectory("idjag-fault-").FullName;
        await using var postgres = await PrivatePostgres.StartAsync(new PrivatePostgresOptions { Directory = folder });
        await using var broker = await BrokerProcess.StartAsync(postgres, "--Audit:Checkpoints:Every=00:00:01", $"--Audit:Checkpoints:Directory={folder}/checkpoints", "--Logging:LogLevel:Default=None");
        using var load = new Load(broker);
        for (var round = 0; round < Rounds; round++)
        {
            await load.GrowsAsync(300);
            if (what is "Postgres") KillOneOf(postgres);
            else await broker.KillAndStartAsync();
            var back = Stopwatch.GetTimestamp();
            await load.GrowsAsync(1);
            Assert.InRange(Stopwatch.GetElapsedTime(back), TimeSpan.Zero, TimeSpan.FromSeconds(10));      // a crash's recovery included
        }
        await load.GrowsAsync(300);
        await load.EndAsync();

        // Before the events: the log goes on, if only by events that tell of checkpoints.
        string[] published = [];
        for (var tries = 0; tries < 300 && published.Length is 0; tries++, await Task.Delay(100))
            if (Directory.Exists(Path.Combine(folder, "checkpoints"))) published = [.. Directory.GetFiles(Path.Combine(folder, "checkpoints"), "*.checkpoint").Order(StringComparer.Ordinal)];
        Assert.NotEmpty(published);

        var events = await SequencedAsync(postgres.ConnectionString);
        Assert.Equal(Enumerable.Range(0, events.Count).Select(n => (long)n), events.Select(e => e.Seq));
        var recorded = events.Select(e => JsonNode.Parse(e.Line)!).Where(e => (string?)e["type"] == "idjag.issued").Select(e => (string)e["jti"]!).ToHashSet(StringComparer.Ordinal);
        Assert.Subset(recorded, load.Issued.ToHashSet(StringComparer.Ordinal));
        Assert.Equal(recorded.Count, events.Count(e => e.Line.Contains("\"type\":\"idjag.issued\"", StringComparison.Ordinal)));
        foreach (var file in new[] { published[0], published[^1] })
        {
            Assert.True(SignedNote.TryParse(await File.ReadAllBytesAsync(file), out var note));
            Assert.True(Checkpoint.TryParse(note.Text, out var checkpoint));
            Assert.Equal(LogBench.RootOf(events.Take((int)checkpoint.Size)), checkpoint.Root);
        }
    }

    // The postmaster answers the death of one by ending all others at once, and recovers from what was written ahead: a crash, on the same port.
    private static void KillOneOf(PrivatePostgres postgres)
    {
        var children = Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _)).Select(int.Parse!)
            .Where(id => ParentOf(id) == postgres.ServerProcessId).ToList();
        Process.GetProcessById(children[Random.Shared.Next(children.Count)]).Kill();
    }

    private static int ParentOf(int process)
    {
        try
        {
            return int.Parse(File.ReadAllText($"/proc/{process}/stat").Split(')')[^1].Split(' ')[2], CultureInfo.InvariantCulture);
        }
        catch (IOException)     // it has ended meanwhile
        {
            return 0;
        }
    }

    private static async Task<List<LoggedEvent>> SequencedAsync(string connectionString)
    {
        await using var database = NpgsqlDataSource.Create(connectionString);
        for (var tries = 0; tries < 200; tries++)
        {
            await using var waiting = database.CreateCommand("select count(*) from audit_inbox where event not like '%\"type\":\"log.checkpoint\"%'");
            if (await waiting.ExecuteScalarAsync() is 0L) break;
            await Task.Delay(50);
        }
        await using var command = database.CreateCommand("select seq, recorded_at, leaf, event from audit_event order by recorded_at, seq");
        await using var reader = await command.ExecuteReaderAsync();
        var events = new List<LoggedEvent>();
        while (await reader.ReadAsync()) events.Add(new(reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetFieldValue<byte[]>(2), reader.GetString(3)));
        return events;
    }

    /// <summary>Clients that ask without end, and keep the name of every token that they were given.</summary>
    private sealed class Load : IDisposable
    {
        private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };
        private readonly CancellationTokenSource _end = new();
        private readonly Task[] _clients;

        public Load(BrokerProcess broker) => _clients = [.. Enumerable.Range(0, 24).Select(_ => Task.Run(() => AskAsync(broker)))];

        public ConcurrentQueue<string> Issued { get; } = [];

        public async Task GrowsAsync(int tokens)
        {
            var (goal, started) = (Issued.Count + tokens, Stopwatch.GetTimestamp());
            while (Issued.Count < goal)
            {
                Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(60), $"Only {Issued.Count} of {goal} tokens came.");
                await Task.Delay(10);
            }
        }

        public async Task EndAsync()
        {
            await _end.CancelAsync();
            await Task.WhenAll(_clients);
        }

        public void Dispose()
        {
            _end.Cancel();
            _http.Dispose();
            _end.Dispose();
        }

        private async Task AskAsync(BrokerProcess broker)
        {
            while (!_end.IsCancellationRequested)
            {
                try
                {
                    using var content = new ByteArrayContent(broker.SecretForm()) { Headers = { ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded") } };
                    using var response = await _http.PostAsync(broker.TokenEndpoint, content);
                    var body = await response.Content.ReadAsStringAsync();
                    if (response.IsSuccessStatusCode) Issued.Enqueue((string)Jwts.Claims((string)JsonNode.Parse(body)!["access_token"]!)["jti"]!);
                    else Assert.Equal(503, (int)response.StatusCode);
                }
                catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
                {
                    await Task.Delay(20);       // it is being killed
                }
            }
        }
    }
}
