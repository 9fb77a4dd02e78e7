using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace IdJagBroker.Tests.Hosting;

/// <summary>What an operator reads who turned every log up: never what a client sent in confidence (SEC-26).</summary>
public sealed class LogTests(BrokerPostgres postgres)
{
    private const string Canary = "c4n4ry";

    [Fact, Trait("Spec", "SEC-26")]
    public async Task Never_holds_a_secret_a_token_or_an_address_at_whatever_level()
    {
        using var log = new Capture();
        using var key = new FaultyKey();
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync(["--Logging:LogLevel:Default=Trace", "--Logging:LogLevel:Microsoft=Trace", "--Logging:LogLevel:Npgsql=Trace", "--Logging:Console:LogLevel:Default=None", "--Logging:Console:LogLevel:Microsoft=None"],
            plugIn: IdJagBroker.Tests.Keys.GivenKeys.PlugIn(key));
        broker.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        broker.Services.GetRequiredService<ILoggerFactory>().CreateLogger("IdJagBroker.Test").Log(LogLevel.Trace, default, "the capture works", null, (text, _) => text);

        var idToken = broker.IdToken((_, claims) => (claims["email"], claims["name"]) = ($"{Canary}@acme.example", Canary));
        var granted = (await broker.Token.ExchangeAsync(("subject_token", idToken))).IsGranted();
        var assertion = broker.Token.Assertion((_, claims) => claims["jti"] = Canary + Guid.NewGuid());
        (await broker.Token.ExchangeByAssertionAsync(assertion)).IsGranted();
        await broker.Token.ExchangeByAssertionAsync(assertion);
        await broker.Token.ExchangeAsync(("client_secret", Canary), ("client_id", Canary));
        await broker.Token.ExchangeAsync(("client_secret", Canary));
        await broker.Token.ExchangeAsync(("audience", Canary), ("resource", "https://x.example/" + Canary), ("scope", Canary));
        await broker.Token.ExchangeAsync(("subject_token", Canary + ".e30." + Canary));
        await broker.Token.SendAsync(broker.Token.Form(), request => request.RequestUri = new Uri($"{request.RequestUri}?client_secret={Canary}"));
        await broker.Token.SendAsync(broker.Token.Form(), request => request.Headers.TryAddWithoutValidation("DPoP", Canary));
        await broker.Token.SendAsync(broker.Token.Form(), request => request.Headers.TryAddWithoutValidation("Authorization", "Basic " + Canary));
        await broker.Token.ExchangeAsync(("subject_token", broker.IdToken((_, claims) => claims["amr"] = new System.Text.Json.Nodes.JsonArray(new string('a', 9000) + Canary))));   // too much for an ID-JAG
        key.IsBroken = true;
        await broker.Token.ExchangeAsync(("subject_token", idToken));       // a fault of ours
        using (await broker.Http.GetAsync($"{broker.Issuer}/callback?code={Canary}")) { }
        using (await broker.Http.GetAsync($"{broker.Issuer}/authorize?login_hint={Canary}")) { }
        using (await broker.Http.GetAsync(new Uri(broker.Management, $"/admin/v1/audit/events?subject=okta|{Canary}"))) { }
        await SendRawAsync(broker, $"POST /oauth2/token HTTP/1.1\r\nHost: x\r\nAuthorization {Canary}\r\n\r\n");
        await SendRawAsync(broker, $"POST /oauth2/token HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {Canary}\u0001\r\n\r\n");
        await SendRawAsync(broker, $"POST /oauth2/token?x={Canary} HTTP/9.9\r\nHost: x\r\n\r\n");

        var everything = log.Text;
        Assert.Contains("the capture works", everything, StringComparison.Ordinal);
        Assert.Contains("would be longer than receivers read", everything, StringComparison.Ordinal);
        Assert.Contains("A request failed", everything, StringComparison.Ordinal);
        string[] confidential =
        [
            Canary, broker.Secret, BrokerFixture.ManagementToken, "00u-ana", idToken.Split('.')[1], idToken.Split('.')[2], assertion.Split('.')[1],
            ((string)granted.Body!["access_token"]!).Split('.')[1], ((string)granted.Body["access_token"]!).Split('.')[2],
        ];
        Assert.All(confidential, text => Assert.DoesNotContain(text, everything, StringComparison.OrdinalIgnoreCase));
    }

    private static async Task SendRawAsync(BrokerFixture broker, string request)
    {
        using var client = new TcpClient();
        var url = new Uri(broker.Issuer);
        await client.ConnectAsync(url.Host, url.Port);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(request));
        var status = await new StreamReader(client.GetStream()).ReadLineAsync();
        Assert.StartsWith("HTTP/1.1 ", status, StringComparison.Ordinal);
        Assert.NotEqual('2', status![9]);
    }

    private sealed class Capture : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public string Text => string.Join('\n', _lines);

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull
        {
            _lines.Enqueue($"scope {state}");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue($"{logLevel} {formatter(state, exception)} {exception} {(state is IEnumerable<KeyValuePair<string, object?>> values ? string.Join(' ', values) : "")}");

        public void Dispose()
        {
        }
    }
}
