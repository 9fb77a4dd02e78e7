using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Storage.PrivateCluster;
using IdJagBroker.Tests.Storage;
using IdJagBroker.Tests.Upstreams;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace IdJagBroker.Tests.Hosting;

/// <summary>What happens when something that a token needs is away: nothing is issued, quickly, and all is well again afterwards.</summary>
public sealed class FailureTests(BrokerPostgres postgres)
{
    private static readonly TimeSpan Quickly = TimeSpan.FromSeconds(4);

    private static async Task IsUnavailableAsync(BrokerFixture broker, string error)
    {
        var started = Stopwatch.GetTimestamp();
        var answer = await broker.Token.ExchangeAsync();

        answer.IsRefused(error, HttpStatusCode.ServiceUnavailable);
        Assert.NotNull(answer.Headers.RetryAfter?.Delta);
        Assert.True(Stopwatch.GetElapsedTime(started) < Quickly, "the refusal took too long");
    }

    [Fact]
    public async Task Issues_nothing_while_postgres_is_gone_and_recovers_without_a_restart()
    {
        await using var cluster = await PrivatePostgres.StartAsync(PrivatePostgresOptions.Temporary);
        await using var broker = new BrokerFixture(postgres);
        await using var relay = new Relay(cluster.Port);
        await IdJagBroker.Storage.DatabaseSetup.MigrateAsync(cluster.ConnectionString, default);
        await broker.StartAsync([$"--Database:ConnectionString={new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Port = relay.Port }}"]);
        (await broker.Token.ExchangeAsync()).IsGranted();

        relay.Break();
        await IsUnavailableAsync(broker, "temporarily_unavailable");
        using (var ready = await broker.Http.GetAsync(new Uri(broker.Management, "/health/ready")))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            Assert.Equal("not ready: the database cannot be written", await ready.Content.ReadAsStringAsync());
        }
        // A refusal that cannot be recorded is not given either; of a stranger there is nothing to record.
        (await broker.Token.ExchangeAsync(("client_secret", "wrong"))).IsRefused("temporarily_unavailable", HttpStatusCode.ServiceUnavailable);
        (await broker.Token.ExchangeAsync(("client_id", "nobody"))).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        using (var search = new HttpRequestMessage(HttpMethod.Get, new Uri(broker.Management, "/admin/v1/audit/events")))
        {
            search.Headers.Authorization = new("Bearer", BrokerFixture.ManagementToken);
            using var found = await broker.Http.SendAsync(search);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, found.StatusCode);
        }
        using (var live = await broker.Http.GetAsync(new Uri(broker.Management, "/health/live")))
            Assert.Equal(HttpStatusCode.OK, live.StatusCode);

        relay.Mend();
        (await Eventually(() => broker.Token.ExchangeAsync())).IsGranted();

        relay.Hang();               // the socket is open and nobody answers: the worse outage
        await IsUnavailableAsync(broker, "temporarily_unavailable");
        relay.Mend();
        (await Eventually(() => broker.Token.ExchangeAsync())).IsGranted();
    }

    [Theory]
    [InlineData("Search Path=nowhere", "42P01", "its schema is not this version's: run 'idjag db migrate'")]
    [InlineData("Database=idjag_nowhere", "3D000", "there is no database of that name")]
    [InlineData("Password=wrong", "28P01", "it refuses the role or its password")]
    [InlineData("Username=nobody", "28P01", "it refuses the role or its password")]
    public async Task Says_what_is_wrong_with_the_database_where_waiting_does_not_mend_it(string wrong, string sqlState, string saying)
    {
        var log = new LogLines();
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync();
        await using var poor = new BrokerFixture(postgres);
        await poor.StartAsync([$"--Database:ConnectionString={broker.ConnectionString};{wrong}", "--Logging:LogLevel:IdJagBroker=Error"], plugIn: services => services.AddSingleton<ILoggerProvider>(log));

        (await poor.Token.ExchangeAsync()).IsRefused("temporarily_unavailable", HttpStatusCode.ServiceUnavailable);
        using var ready = await poor.Http.GetAsync(new Uri(poor.Management, "/health/ready"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal($"not ready: the database cannot be written: {saying} (SQLSTATE {sqlState})", await ready.Content.ReadAsStringAsync());
        Assert.Contains($"Requests are refused until the database is mended: {saying} (SQLSTATE {sqlState})", log.Lines);
        Assert.Contains($"Not ready until the database is mended: {saying} (SQLSTATE {sqlState})", log.Lines);
    }

    [Fact]
    public async Task Is_not_ready_where_the_log_cannot_be_written()
    {
        await using var broker = new BrokerFixture(postgres);
        var reader = "idjag_reader_" + Guid.NewGuid().ToString("N");
        await broker.StartAsync();
        using (var ready = await broker.Http.GetAsync(new Uri(broker.Management, "/health/ready"))) Assert.Equal(HttpStatusCode.OK, ready.StatusCode);

        await Sql.ExecuteAsync(broker.ConnectionString, $"create role {reader}; grant select on all tables in schema public to {reader}");
        try
        {
            await using var poor = new BrokerFixture(postgres);
            await poor.StartAsync([$"--Database:ConnectionString={broker.ConnectionString};Options=-c role={reader}"]);
            using var ready = await poor.Http.GetAsync(new Uri(poor.Management, "/health/ready"));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            Assert.EndsWith(": its role may not write what a token needs: see the grants in docs/operations.md (SQLSTATE 42501)", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            (await poor.Token.ExchangeAsync()).IsRefused("temporarily_unavailable", HttpStatusCode.ServiceUnavailable);
        }
        finally
        {
            await Sql.ExecuteAsync(broker.ConnectionString, $"drop owned by {reader}; drop role {reader}");
        }
    }

    [Fact, Trait("Spec", "IDP-62")]
    public async Task Never_accepts_a_token_for_want_of_upstream_keys()
    {
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync();
        broker.Idp.IsDown = true;

        await IsUnavailableAsync(broker, "server_error");
    }

    [Fact, Trait("Spec", "SEC-10")]
    public async Task Takes_no_keys_from_a_discovery_document_of_another_issuer()
    {
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync();
        broker.Idp.ClaimedIssuer = "https://evil.example";

        await IsUnavailableAsync(broker, "server_error");
        Assert.Equal(0, broker.Idp.KeyFetches);
    }

    [Fact, Trait("Spec", "IDP-63"), Trait("Spec", "SEC-27")]
    public async Task Answers_a_fault_of_its_own_with_500_and_no_detail()
    {
        using var key = new FaultyKey();
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync(plugIn: IdJagBroker.Tests.Keys.GivenKeys.PlugIn(key));
        key.IsBroken = true;
        var answer = await broker.Token.ExchangeAsync();

        answer.IsRefused("server_error", HttpStatusCode.InternalServerError);
        Assert.Equal("""{"error":"server_error","error_description":"the request could not be completed"}""", answer.Text);
        key.IsBroken = false;
        (await broker.Token.ExchangeAsync()).IsGranted();
    }

    [Fact]
    public async Task Answers_broken_http_with_a_4xx()
    {
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync();
        foreach (var body in new[] { "5\r\nabcde\r\nzz\r\n", "ffffffffffffffff\r\n" })
        {
            using var client = new TcpClient();
            var url = new Uri(broker.Issuer);
            await client.ConnectAsync(url.Host, url.Port);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                $"POST /oauth2/token HTTP/1.1\r\nHost: {url.Authority}\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n{body}"));
            var line = await new StreamReader(client.GetStream()).ReadLineAsync();
            Assert.StartsWith("HTTP/1.1 4", line, StringComparison.Ordinal);
        }
        (await broker.Token.ExchangeAsync()).IsGranted();
    }

    internal static async Task<TokenAnswer> Eventually(Func<Task<TokenAnswer>> attempt)
    {
        var answer = await attempt();
        for (var tries = 0; tries < 20 && answer.Status is HttpStatusCode.ServiceUnavailable; tries++)
        {
            await Task.Delay(250);
            answer = await attempt();
        }
        return answer;
    }
}
