using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using IdJagBroker.McpAuthorization.Tests.Support;
using IdJagBroker.Protocol.Jws;
using Npgsql;

namespace IdJagBroker.McpAuthorization.Postgres.Tests;

/// <summary>Replicas of an authorization server that share the guard: over HTTP, each with a pool of its own.</summary>
public sealed class SharedGuardTests(GuardPostgres postgres, LoopbackBroker broker, ClientHost host) : IClassFixture<LoopbackBroker>, IClassFixture<ClientHost>
{
    private const string Signer = "cl_signer";

    [Fact, Trait("Spec", "RAS-21")]
    public async Task Gives_exactly_one_of_twenty_uses_on_three_replicas_a_token()
    {
        var replicas = await StartAsync(3);
        for (var round = 0; round < 10; round++)
        {
            var idJag = broker.IdJag().Encode();

            var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => replicas[i % 3].RedeemAsync(idJag)));

            Assert.Single(answers, answer => answer.Status is 200);
            Assert.All(answers.Where(answer => answer.Status is not 200), answer => answer.AssertRefused(400, "invalid_grant", "the assertion has already been used"));
        }
        await StopAsync(replicas);
    }

    [Fact, Trait("Spec", "RAS-21")]
    public async Task Counts_to_max_uses_over_all_replicas()
    {
        var replicas = await StartAsync(3, trust => trust.Reuse = IdJagReuse.MaxUses(4));
        var idJag = broker.IdJag().Encode();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => replicas[i % 3].RedeemAsync(idJag)));

        Assert.Equal(4, answers.Count(answer => answer.Status is 200));
        await StopAsync(replicas);
    }

    [Fact, Trait("Spec", "SEC-20")]
    public async Task Takes_a_client_assertion_once_on_all_replicas_together()
    {
        var replicas = await StartAsync(3, trust => trust.Reuse = IdJagReuse.Reusable);
        var idJag = broker.IdJag();
        idJag.Claims["client_id"] = Signer;
        var (assertion, grant) = (ClientHost.Assertion(host.Key, Signer).Encode(), idJag.Encode());

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => replicas[i % 3].SendAsync(null,
        [
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", grant),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"), ("client_assertion", assertion),
        ])));

        Assert.Single(answers, answer => answer.Status is 200);
        Assert.Equal(19, answers.Count(answer => answer.Status is 401));
        await StopAsync(replicas);
    }

    [Fact, Trait("Spec", "POP-14")]
    public async Task Takes_a_proof_once_on_all_replicas_together()
    {
        var replicas = await StartAsync(3, trust => trust.Reuse = IdJagReuse.Reusable);
        using var prover = new Prover();
        for (var round = 0; round < 5; round++)
        {
            var (idJag, proof) = (broker.IdJag().Encode(), prover.Proof().Encode());

            var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => replicas[i % 3].RedeemAsync(idJag, proof)));

            Assert.Single(answers, answer => answer.Status is 200);
            Assert.All(answers.Where(answer => answer.Status is not 200), answer => answer.AssertRefused(400, "invalid_dpop_proof"));
        }
        await StopAsync(replicas);
    }

    [Fact, Trait("Spec", "RAS-22")]
    public async Task Gives_the_use_of_a_refused_redemption_back_to_all_replicas()
    {
        var replicas = await StartAsync(2);
        var idJag = broker.IdJag();

        (await replicas[0].RedeemAsync(idJag, ("scope", "nothing:known"))).AssertRefused(400, "invalid_scope");

        (await replicas[1].RedeemAsync(idJag)).AssertIssued();
        (await replicas[0].RedeemAsync(idJag)).AssertRefused(400, "invalid_grant");
        await StopAsync(replicas);
    }

    [Theory, InlineData("refuses"), InlineData("hangs"), InlineData("no table"), Trait("Spec", "RAS-24")]
    public async Task Lets_nothing_through_while_postgres_is_away_and_works_again_by_itself(string how)
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var proxy = new Proxy(new NpgsqlConnectionStringBuilder(database));
        await using var ras = await Ras.StartAsync(broker, new RasSetup
        {
            Trust = trust => trust.Reuse = IdJagReuse.SingleUse,
            Build = server => server.UsePostgresReplayGuard(proxy.ConnectionString),
        });
        (await ras.RedeemAsync(broker.IdJag())).AssertIssued();
        var idJag = broker.IdJag();

        await AwayAsync(proxy, database, how, isAway: true);
        var watch = Stopwatch.StartNew();
        var answer = await ras.RedeemAsync(idJag);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(3), $"{watch.Elapsed}");
        answer.AssertRefused(503, "temporarily_unavailable");
        Assert.Equal("5", answer.Header("Retry-After"));

        await AwayAsync(proxy, database, how, isAway: false);
        var next = broker.IdJag();
        for (var i = 0; i < 20 && (await ras.RedeemAsync(next)).Status is 503; i++) await Task.Delay(200);
        (await ras.RedeemAsync(next)).AssertRefused(400, "invalid_grant", "the assertion has already been used");
        (await ras.RedeemAsync(broker.IdJag())).AssertIssued();
    }

    [Fact, Trait("Spec", "SEC-31")]
    public async Task Deletes_what_has_expired_in_the_background()
    {
        var at = await postgres.CreateDatabaseAsync();
        await using var database = NpgsqlDataSource.Create(at);
        await using (var insert = database.CreateCommand("insert into idjag.uses select sha256(n::text::bytea), 1, '2020-01-01' from generate_series(1, 2500) n")) await insert.ExecuteNonQueryAsync();
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Build = server => server.UsePostgresReplayGuard(at) });

        long left = 2500;
        for (var i = 0; i < 60 && left > 0; i++)
        {
            await Task.Delay(500);
            await using var count = database.CreateCommand("select count(*) from idjag.uses");
            left = (long)(await count.ExecuteScalarAsync())!;
        }
        Assert.Equal(0, left);
    }

    private async Task<Ras[]> StartAsync(int count, Action<TrustedIssuer>? trust = null)
    {
        var database = await postgres.CreateDatabaseAsync();
        var keys = JsonWebKeySet.TryParse(Encoding.UTF8.GetBytes(ClientHost.KeySet(McpAuthorization.Tests.Support.Keys.Jwk(host.Key, "ck-1")).ToJsonString()))!;
        return await Task.WhenAll(Enumerable.Range(0, count).Select(_ => Ras.StartAsync(broker, new RasSetup
        {
            Trust = trust ?? (it => it.Reuse = IdJagReuse.SingleUse),
            Configure = options => options.Clients.Add(new IdJagClient { ClientId = Signer, Keys = keys }),
            Build = server => server.UsePostgresReplayGuard(database),
        })));
    }

    private static async Task StopAsync(Ras[] replicas)
    {
        foreach (var replica in replicas) await replica.DisposeAsync();
    }

    private static async Task AwayAsync(Proxy proxy, string database, string how, bool isAway)
    {
        if (how is "refuses") proxy.Refuses = isAway;
        if (how is "hangs") proxy.Hangs = isAway;
        if (how is not "no table") return;
        await using var administration = NpgsqlDataSource.Create(database);
        await using var rename = administration.CreateCommand(isAway ? "alter table idjag.uses rename to uses_away" : "alter table idjag.uses_away rename to uses");
        await rename.ExecuteNonQueryAsync();
    }

    /// <summary>Stands between the guard and the server, which it makes go away.</summary>
    private sealed class Proxy : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly NpgsqlConnectionStringBuilder _server;
        private readonly CancellationTokenSource _stop = new();
        private readonly List<TcpClient> _open = [];
        private volatile bool _refuses;
        private volatile bool _hangs;

        public Proxy(NpgsqlConnectionStringBuilder server)
        {
            _server = server;
            _listener.Start();
            _ = AcceptAsync();
        }

        public string ConnectionString => new NpgsqlConnectionStringBuilder(_server.ConnectionString) { Host = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.ConnectionString;

        public bool Hangs { set => _hangs = value; }

        public bool Refuses
        {
            set
            {
                _refuses = value;
                if (value) lock (_open) _open.ForEach(client => client.Dispose());
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            _listener.Dispose();
            lock (_open) _open.ForEach(client => client.Dispose());
            _stop.Dispose();
        }

        private async Task AcceptAsync()
        {
            while (!_stop.IsCancellationRequested)
            {
                TcpClient client;
                try
                {
                    client = await _listener.AcceptTcpClientAsync(_stop.Token);
                }
                catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
                {
                    return;
                }
                if (_refuses) client.Dispose();
                else _ = PassAsync(client);
            }
        }

        private async Task PassAsync(TcpClient client)
        {
            using var server = new TcpClient();
            lock (_open)
            {
                _open.Add(client);
                _open.Add(server);
            }
            try
            {
                await server.ConnectAsync(_server.Host!, _server.Port, _stop.Token);
                await Task.WhenAny(CopyAsync(client, server), CopyAsync(server, client));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException or InvalidOperationException)
            {
                // the test has ended, or made it go away
            }
            client.Dispose();
        }

        private async Task CopyAsync(TcpClient from, TcpClient to)
        {
            var buffer = new byte[8192];
            try
            {
                for (int count; (count = await from.GetStream().ReadAsync(buffer, _stop.Token)) > 0;)
                {
                    while (_hangs) await Task.Delay(20, _stop.Token);
                    await to.GetStream().WriteAsync(buffer.AsMemory(0, count), _stop.Token);
                }
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
            {
                // as above
            }
        }
    }
}
