using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using IdJagBroker.Protocol;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.TokenExchange;

/// <summary>The three limits (IDP-64, SEC-30): each holds alone, wears off, and can be used up by nobody but whom it is for.</summary>
public sealed class RateLimitTests(BrokerPostgres postgres)
{
    private async Task<BrokerFixture> StartAsync(params string[] limits)
    {
        var broker = new BrokerFixture(postgres);
        await broker.StartAsync([.. limits.Select(limit => "--RateLimits:" + limit)]);
        return broker;
    }

    private static void IsLimited(TokenAnswer answer)
    {
        answer.IsRefused("temporarily_unavailable", HttpStatusCode.TooManyRequests);
        Assert.True(answer.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));
        Assert.Equal(["error", "error_description"], answer.Body!.Select(m => m.Key).Order(StringComparer.Ordinal));
    }

    private static async Task<TokenAnswer> EventuallyAsync(Func<Task<TokenAnswer>> attempt)
    {
        for (var tries = 0; tries < 40; tries++)
        {
            if (await attempt() is { Status: not HttpStatusCode.TooManyRequests } answer) return answer;
            await Task.Delay(100);
        }
        throw new TimeoutException("The limit does not wear off.");
    }

    [Fact, Trait("Spec", "IDP-64"), Trait("Spec", "SEC-30")]
    public async Task Limits_a_client_and_no_other()
    {
        await using var broker = await StartAsync("ClientPerSecond=1", "ClientBurst=3");
        for (var i = 0; i < 3; i++) (await broker.Token.ExchangeAsync()).IsGranted();

        IsLimited(await broker.Token.ExchangeAsync());
        (await broker.Token.ExchangeByAssertionAsync(broker.Token.Assertion())).IsGranted();        // the editor, from the same address, for the same person
        (await EventuallyAsync(() => broker.Token.ExchangeAsync())).IsGranted();
    }

    [Fact, Trait("Spec", "IDP-64"), Trait("Spec", "SEC-30")]
    public async Task Limits_requests_about_a_person_through_whichever_client()
    {
        await using var broker = await StartAsync("SubjectPerSecond=1", "SubjectBurst=2");
        (await broker.Token.ExchangeAsync()).IsGranted();
        (await broker.Token.ExchangeByAssertionAsync(broker.Token.Assertion())).IsGranted();

        IsLimited(await broker.Token.ExchangeAsync());
        IsLimited(await broker.Token.ExchangeByAssertionAsync(broker.Token.Assertion()));
        (await broker.Token.ExchangeAsync(("subject_token", broker.Idp.IdToken("agent-at-okta", "00u-bob")))).IsGranted();
        (await EventuallyAsync(() => broker.Token.ExchangeAsync())).IsGranted();
    }

    [Fact, Trait("Spec", "SEC-30")]
    public async Task Lets_nobody_use_up_a_persons_limit_with_a_forged_token()
    {
        await using var broker = await StartAsync("SubjectPerSecond=1", "SubjectBurst=1");
        using var other = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        for (var i = 0; i < 5; i++)
            (await broker.Token.ExchangeAsync(("subject_token", broker.Idp.IdToken("agent-at-okta", key: other)))).IsRefused("invalid_grant");

        (await broker.Token.ExchangeAsync()).IsGranted();
    }

    [Fact, Trait("Spec", "SEC-30")]
    public async Task Lets_nobody_use_up_the_limit_of_a_client_that_proves_nothing()
    {
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync(["--RateLimits:ClientPerSecond=1", "--RateLimits:ClientBurst=2"], changeCatalog: catalog => catalog
            .Replace("kind: okta, algorithms: [ES256]}", "kind: okta, algorithms: [ES256], signIn: {clientId: broker}}", StringComparison.Ordinal)
            .Replace("clients:\n", "clients:\n  tool: {clientIds: [tool], auth: none, dpop: optional, signIn: {redirectUris: [\"http://127.0.0.1/cb\"]}}\n", StringComparison.Ordinal));
        for (var i = 0; i < 6; i++) (await broker.Token.ExchangeAsync(("client_id", "tool"), ("client_secret", null))).IsRefused("invalid_target");
    }

    [Fact, Trait("Spec", "SEC-30")]
    public async Task Limits_an_address_before_it_looks_at_anything()
    {
        await using var broker = await StartAsync("AddressPerSecond=1", "AddressBurst=3");
        var keyFetches = broker.Idp.KeyFetches;
        for (var i = 0; i < 3; i++) (await broker.Token.SendAsync([])).IsRefused("invalid_client", HttpStatusCode.Unauthorized);

        IsLimited(await broker.Token.ExchangeAsync());
        IsLimited(await broker.Token.SendAsync(new StringContent("{}")));
        IsLimited(await broker.Token.SendAsync(broker.Token.Form(), request => request.Headers.Add("X-Forwarded-For", "192.0.2.7")));     // anybody can say that
        Assert.Equal(keyFetches, broker.Idp.KeyFetches);
        using (var metadata = await broker.Http.GetAsync(broker.Issuer + "/.well-known/oauth-authorization-server"))
            Assert.Equal(HttpStatusCode.OK, metadata.StatusCode);
        (await EventuallyAsync(() => broker.Token.ExchangeAsync())).IsGranted();
    }

    [Fact, Trait("Spec", "SEC-30")]
    public async Task Lets_no_flood_in_a_clients_name_from_elsewhere_lock_it_out()
    {
        await using var broker = await StartAsync("AddressPerSecond=2", "AddressBurst=10", "ClientPerSecond=1", "ClientBurst=2");
        using var attacker = From("127.0.0.77");
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 40; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, broker.Issuer + "/oauth2/token")
            {
                Content = new FormUrlEncodedContent(TokenClient.With(broker.Token.Form("x.y.z"), ("client_secret", "wrong"))),
            };
            using var response = await attacker.SendAsync(request);
            statuses.Add(response.StatusCode);
        }

        Assert.Contains(HttpStatusCode.TooManyRequests, statuses);
        Assert.Equal([HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests], statuses.Distinct());
        (await broker.Token.ExchangeAsync()).IsGranted();
        (await broker.Token.ExchangeAsync()).IsGranted();
    }

    [Fact, Trait("Spec", "SEC-30")]
    public async Task Counts_what_it_limits_and_writes_no_record_of_each()
    {
        await using var broker = await StartAsync("ClientPerSecond=1", "ClientBurst=1");
        var counted = 0L;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) => { if (instrument.Name is "broker.requests.limited") self.EnableMeasurementEvents(instrument); },
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => { if (tags[0].Value is "client") Interlocked.Add(ref counted, value); });
        listener.Start();
        (await broker.Token.ExchangeAsync()).IsGranted();

        var limited = 0;
        for (var i = 0; i < 10; i++)
            if ((await broker.Token.ExchangeAsync()).Status is HttpStatusCode.TooManyRequests) limited++;

        Assert.True(limited >= 5, "the limit is not reached");
        Assert.True(Interlocked.Read(ref counted) >= limited, $"{counted} counted of {limited}");
        Assert.Empty(await broker.AuditAsync("outcome=denied"));
    }

    [Fact, Trait("Spec", "SEC-30"), Trait("Spec", "SEC-20")]
    public async Task Consumes_no_assertion_when_it_limits()
    {
        await using var broker = await StartAsync("ClientPerSecond=1", "ClientBurst=1");
        (await broker.Token.ExchangeByAssertionAsync(broker.Token.Assertion())).IsGranted();
        var assertion = broker.Token.Assertion();
        IsLimited(await broker.Token.ExchangeByAssertionAsync(assertion));

        (await EventuallyAsync(() => broker.Token.ExchangeByAssertionAsync(assertion))).IsGranted();
        await Task.Delay(1100);
        (await EventuallyAsync(() => broker.Token.ExchangeByAssertionAsync(assertion))).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
    }

    [Fact, Trait("Spec", "SEC-30"), Trait("Spec", "META-01")]
    public async Task Takes_an_address_from_a_trusted_proxy_and_nothing_else()
    {
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync(["--RateLimits:AddressPerSecond=1", "--RateLimits:AddressBurst=1", "--Broker:TrustedProxies:0=127.0.0.1/32", "--Broker:TrustedProxies:1=10.0.0.0/8"]);
        Task<TokenAnswer> Through(string chain) => broker.Token.SendAsync(broker.Token.Form(), request =>
        {
            request.Headers.Add("X-Forwarded-For", chain);
            request.Headers.Add("X-Forwarded-Host", "evil.example");
            request.Headers.Add("X-Forwarded-Proto", "https");
        });

        var answer = (await Through("192.0.2.1")).IsGranted();
        Assert.Equal(broker.Issuer, (string?)answer.IdJag["iss"]);
        Assert.Equal("192.0.2.0/24", (string?)Assert.Single(await broker.AuditAsync($"jti={answer.IdJag["jti"]}"))!["ip_net"]);
        IsLimited(await Through("192.0.2.1"));
        (await Through("192.0.2.2, 10.1.1.1")).IsGranted();
        IsLimited(await Through("192.0.2.3, 192.0.2.2"));       // what the caller itself wrote before the proxy's entry
    }

    private static HttpClient From(string address) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (context, ct) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
            await socket.ConnectAsync(context.DnsEndPoint, ct);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });
}
