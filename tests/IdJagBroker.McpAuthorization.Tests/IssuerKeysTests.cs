using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using IdJagBroker.McpAuthorization.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace IdJagBroker.McpAuthorization.Tests;

/// <summary>The keys of a trusted issuer: where they come from, how often they are fetched, and what an outage does (SEC-10…16).</summary>
public sealed class IssuerKeysTests : IAsyncLifetime
{
    private readonly LoopbackBroker _broker = new();

    public ValueTask InitializeAsync() => _broker.InitializeAsync();

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact, Trait("Spec", "SEC-10")]
    public async Task Refuses_the_keys_of_metadata_that_names_another_issuer()
    {
        foreach (var named in new[] { "https://evil.example", _broker.Issuer + "/", null })
        {
            _broker.Metadata = http => http.Response.WriteAsync(new JsonObject { ["issuer"] = named, ["jwks_uri"] = _broker.Issuer + "/keys" }.ToJsonString());
            await using var ras = await Ras.StartAsync(_broker);

            (await ras.RedeemAsync(_broker.IdJag())).AssertRefused(400, "invalid_grant", "the signature could not be verified");
        }
        Assert.Equal(0, _broker.JwksHits);
    }

    [Fact, Trait("Spec", "SEC-10")]
    public async Task Takes_the_configured_key_set_without_asking_for_metadata()
    {
        await using var ras = await Ras.StartAsync(_broker, new RasSetup { Trust = trust => trust.JwksUri = _broker.Issuer + "/keys" });

        (await ras.RedeemAsync(_broker.IdJag())).AssertIssued();
        Assert.Equal((0, 1), (_broker.MetadataHits, _broker.JwksHits));
    }

    [Fact]
    public async Task Finds_metadata_at_the_second_place_when_the_first_has_none()
    {
        var good = _broker.Metadata;
        _broker.Metadata = http =>
        {
            if (http.Request.Path.Value!.EndsWith("openid-configuration", StringComparison.Ordinal)) return good(http);
            http.Response.StatusCode = 404;
            return Task.CompletedTask;
        };
        await using var ras = await Ras.StartAsync(_broker);

        (await ras.RedeemAsync(_broker.IdJag())).AssertIssued();
    }

    [Fact, Trait("Spec", "SEC-11")]
    public async Task Needs_a_kid_where_two_keys_fit()
    {
        var idJag = _broker.IdJag();
        idJag.Header.Remove("kid");
        await using (var one = await Ras.StartAsync(_broker)) (await one.RedeemAsync(idJag)).AssertIssued();
        _broker.PublishedKeys.Add(Keys.Jwk(Keys.P256(), "bk-2"));
        await using (var two = await Ras.StartAsync(_broker))
        {
            (await two.RedeemAsync(idJag)).AssertRefused(400, "invalid_grant", "the signature could not be verified");
            (await two.RedeemAsync(_broker.IdJag())).AssertIssued();
        }
        _broker.PublishedKeys[1]["kid"] = "bk-1";
        await using var ambiguous = await Ras.StartAsync(_broker);
        (await ambiguous.RedeemAsync(_broker.IdJag())).AssertRefused(400, "invalid_grant", "the signature could not be verified");
    }

    [Theory, InlineData("use", "\"enc\""), InlineData("key_ops", "[\"encrypt\"]"), InlineData("alg", "\"ES384\""), InlineData("kty", "\"oct\""), Trait("Spec", "SEC-13"), Trait("Spec", "SEC-02")]
    public async Task Skips_a_key_that_is_not_for_signatures_of_this_kind(string member, string json)
    {
        _broker.PublishedKeys[0][member] = JsonNode.Parse(json);
        await using var ras = await Ras.StartAsync(_broker);

        (await ras.RedeemAsync(_broker.IdJag())).AssertRefused(400, "invalid_grant", "the signature could not be verified");
    }

    [Fact, Trait("Spec", "SEC-02")]
    public async Task Takes_only_the_algorithms_configured_for_the_issuer()
    {
        using var rsa = RSA.Create(2048);
        _broker.PublishedKeys.Add(Keys.Jwk(rsa, "rsa-1"));
        var idJag = _broker.IdJag();
        (idJag.Header["alg"], idJag.Header["kid"]) = ("RS256", "rsa-1");
        idJag.Sign = input => rsa.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        await using var any = await Ras.StartAsync(_broker);
        await using var one = await Ras.StartAsync(_broker, new RasSetup { Trust = trust => trust.Algorithms = [Protocol.Jws.JwsAlgorithm.ES256] });

        (await any.RedeemAsync(idJag)).AssertIssued();
        (await one.RedeemAsync(idJag)).AssertRefused(400, "invalid_grant", "the signature could not be verified");
    }

    [Fact, Trait("Spec", "SEC-14")]
    public async Task Fetches_once_for_a_hundred_unknown_kids_and_backs_off_while_nothing_new_comes()
    {
        await using var ras = await Ras.StartAsync(_broker);
        (await ras.RedeemAsync(_broker.IdJag())).AssertIssued();
        async Task<int> FetchesForAStorm()
        {
            var before = _broker.JwksHits;
            await Task.WhenAll(Enumerable.Range(0, 100).Select(i =>
            {
                var idJag = _broker.IdJag(ras.Clock.GetUtcNow());
                idJag.Header["kid"] = $"random-{i}";
                return ras.RedeemAsync(idJag);
            }));
            return _broker.JwksHits - before;
        }

        Assert.Equal(0, await FetchesForAStorm());                         // just fetched
        var fetches = new List<int>();
        for (var second = 5; second <= 200; second += 5)
        {
            ras.Clock.Advance(TimeSpan.FromSeconds(5));
            fetches.Add(await FetchesForAStorm());
        }
        // after 5 s, 10 s more, 20 s, 40 s, then each 60 s
        Assert.Equal([5, 15, 35, 75, 135, 195], fetches.Select((count, i) => (count, at: (i + 1) * 5)).Where(f => f.count > 0).Select(f => f.at));
        Assert.All(fetches, count => Assert.True(count <= 1));
    }

    [Fact, Trait("Spec", "SEC-14")]
    public async Task Shares_the_first_fetch_among_all_who_wait_for_it()
    {
        var good = _broker.Jwks;
        _broker.Jwks = async http =>
        {
            await Task.Delay(100);
            await good(http);
        };
        await using var ras = await Ras.StartAsync(_broker);

        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => ras.RedeemAsync(_broker.IdJag())));

        Assert.All(answers, answer => answer.AssertIssued());
        Assert.Equal((1, 1), (_broker.JwksHits, _broker.MetadataHits));
    }

    [Fact, Trait("Spec", "SEC-14")]
    public async Task Follows_a_key_rotation_and_drops_a_withdrawn_key_when_the_cache_ends()
    {
        using var next = Keys.P256();
        await using var ras = await Ras.StartAsync(_broker);
        (await ras.RedeemAsync(_broker.IdJag())).AssertIssued();
        _broker.PublishedKeys.Add(Keys.Jwk(next, "bk-2"));
        ras.Clock.Advance(TimeSpan.FromSeconds(5));
        var idJag = new Draft(next, _broker.IdJag().Header, _broker.IdJag(ras.Clock.GetUtcNow()).Claims);
        idJag.Header["kid"] = "bk-2";

        (await ras.RedeemAsync(idJag)).AssertIssued();
        _broker.PublishedKeys.RemoveAt(0);
        (await ras.RedeemAsync(_broker.IdJag())).AssertIssued();           // still cached
        ras.Clock.Advance(TimeSpan.FromMinutes(10));
        (await ras.RedeemAsync(_broker.IdJag(ras.Clock.GetUtcNow()))).AssertRefused(400, "invalid_grant", "the signature could not be verified");
        Assert.Equal(3, _broker.JwksHits);
    }

    [Fact, Trait("Spec", "SEC-15"), Trait("Spec", "RAS-13")]
    public async Task Serves_on_through_an_outage_for_a_day_and_then_closes()
    {
        await using var ras = await Ras.StartAsync(_broker);
        (await ras.RedeemAsync(_broker.IdJag())).AssertIssued();
        _broker.Jwks = Down;
        _broker.Metadata = Down;

        ras.Clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        (await ras.RedeemAsync(_broker.IdJag(ras.Clock.GetUtcNow()))).AssertIssued();
        ras.Clock.Advance(TimeSpan.FromSeconds(1));
        var closed = await ras.RedeemAsync(_broker.IdJag(ras.Clock.GetUtcNow()));

        closed.AssertRefused(503, "server_error");
        Assert.InRange(int.Parse(closed.Header("Retry-After")!, System.Globalization.CultureInfo.InvariantCulture), 1, 60);
    }

    [Fact, Trait("Spec", "SEC-15")]
    public async Task Answers_503_until_the_first_keys_come_and_asks_no_more_than_the_pause_allows()
    {
        var good = _broker.Jwks;
        _broker.Jwks = Down;
        await using var ras = await Ras.StartAsync(_broker);
        for (var i = 0; i < 10; i++) (await ras.RedeemAsync(_broker.IdJag())).AssertRefused(503, "server_error");
        Assert.Equal(1, _broker.JwksHits);

        _broker.Jwks = good;
        (await ras.RedeemAsync(_broker.IdJag())).AssertRefused(503, "server_error");
        ras.Clock.Advance(TimeSpan.FromSeconds(5));
        (await ras.RedeemAsync(_broker.IdJag(ras.Clock.GetUtcNow()))).AssertIssued();
    }

    [Theory, InlineData("redirect"), InlineData("too big"), InlineData("html"), InlineData("array"), InlineData("slow"), InlineData("created"), Trait("Spec", "SEC-16")]
    public async Task Takes_no_key_set_but_a_small_direct_one(string how)
    {
        var good = _broker.Jwks;
        _broker.Jwks = async http =>
        {
            if (how is "redirect") http.Response.Redirect(_broker.Issuer + "/canary");
            if (how is "created") http.Response.StatusCode = 201;
            if (how is "slow") await Task.Delay(TimeSpan.FromSeconds(8), http.RequestAborted);
            if (how is "html") await http.Response.WriteAsync("<html></html>");
            if (how is "array") await http.Response.WriteAsync("[]");
            if (how is "too big") await http.Response.WriteAsync(_broker.KeySet() + new string(' ', 256 * 1024));
            if (how is "created" or "slow") await good(http);
        };
        await using var ras = await Ras.StartAsync(_broker);
        var start = TimeProvider.System.GetTimestamp();

        (await ras.RedeemAsync(_broker.IdJag())).AssertRefused(503, "server_error");
        Assert.Equal(0, _broker.CanaryHits);
        Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(7));
    }

    [Theory, Trait("Spec", "SEC-16")]
    [InlineData("http://{host}/keys"), InlineData("https://localhost:{port}/keys"), InlineData("https://127.0.0.1:{port}/keys"), InlineData("https://[::1]:{port}/keys"), InlineData("https://[::ffff:127.0.0.1]:{port}/keys"), InlineData("https://2130706433:{port}/keys")]
    public async Task Connects_to_nothing_on_this_machine_in_production(string jwksUri)
    {
        var port = new Uri(_broker.Issuer).Port;
        var connected = 0;
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var accepting = listener.AcceptTcpClientAsync().ContinueWith(_ => Interlocked.Increment(ref connected), TaskScheduler.Default);
        var uri = jwksUri.Replace("{host}", $"127.0.0.1:{port}").Replace("{port}", $"{((IPEndPoint)listener.LocalEndpoint).Port}");
        var fetch = new IssuerFetch(new Production());
        using (fetch)
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => fetch.GetAsync(new Uri(uri), privateNetwork: true, default));
            await Assert.ThrowsAsync<HttpRequestException>(() => fetch.GetAsync(new Uri(uri), privateNetwork: false, default));
        }
        Assert.Equal((0, 0), (connected, _broker.JwksHits));
        GC.KeepAlive(accepting);
    }

    [Theory, Trait("Spec", "SEC-16")]
    [InlineData("93.184.216.34", true, true), InlineData("2606:2800:220:1::1", true, true)]
    [InlineData("10.1.2.3", false, true), InlineData("172.31.0.1", false, true), InlineData("192.168.1.1", false, true), InlineData("100.64.0.1", false, true), InlineData("fd00::1", false, true), InlineData("::ffff:10.0.0.1", false, true)]
    [InlineData("127.0.0.1", false, false), InlineData("127.9.9.9", false, false), InlineData("::1", false, false), InlineData("0.0.0.0", false, false), InlineData("::", false, false)]
    [InlineData("169.254.169.254", false, false), InlineData("fe80::1", false, false), InlineData("::ffff:169.254.169.254", false, false), InlineData("64:ff9b::a9fe:a9fe", false, false), InlineData("2002:a9fe:a9fe::", false, false)]
    [InlineData("224.0.0.1", false, false), InlineData("ff02::1", false, false), InlineData("255.255.255.255", false, false), InlineData("198.18.0.1", false, false), InlineData("2001:db8::1", false, false), InlineData("172.32.0.1", true, true)]
    public void Knows_which_addresses_an_issuer_may_have(string address, bool normally, bool onPrivateNetwork)
    {
        var ip = IPAddress.Parse(address);
        Assert.Equal(normally, PublicAddress.Allows(ip, privateNetwork: false, loopback: false));
        Assert.Equal(onPrivateNetwork, PublicAddress.Allows(ip, privateNetwork: true, loopback: false));
    }

    private static Task Down(HttpContext http)
    {
        http.Response.StatusCode = 500;
        return Task.CompletedTask;
    }

    private sealed class Production : Microsoft.Extensions.Hosting.IHostEnvironment
    {
        public string EnvironmentName { get; set; } = "Production";
        public string ApplicationName { get; set; } = "";
        public string ContentRootPath { get; set; } = "";
        public Microsoft.Extensions.FileProviders.IFileProvider ContentRootFileProvider { get; set; } = new Microsoft.Extensions.FileProviders.NullFileProvider();
    }
}
