using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using IdJagBroker.Audit;
using IdJagBroker.Clients.Documents;
using IdJagBroker.Egress;
using IdJagBroker.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace IdJagBroker.Tests.Clients.Documents;

/// <summary>When a client's document and keys are fetched, for how long they are used, and what is recorded of a change; on a clock that the test moves.</summary>
public sealed class ClientDocumentTests : IAsyncLifetime
{
    private PublishedKeysFixture _at = null!;
    private ClientDocument _document = null!;

    private int Fetches => _at.Host.CountOf("/client.json");

    public async ValueTask InitializeAsync()
    {
        _at = await PublishedKeysFixture.StartAsync();
        _document = new ClientDocument(_at.Fetch, "ide", _at.Url(), privateNetwork: false);
    }

    public ValueTask DisposeAsync() => _at.DisposeAsync();

    private Task<string> KeysAsync(string? keyId = null) => _document.GetAsync(keyId, default).NamesAsync();

    private JsonNode Data(int index) => JsonNode.Parse(_at.Events.ElementAt(index).Data.Utf8.Span)!;

    [Fact, Trait("Spec", "CIMD-14"), Trait("Spec", "SEC-14")]
    public async Task Fetches_once_for_many_callers_at_once()
    {
        _at.Publish("/client.json", ["k1"]);
        var all = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => KeysAsync($"k{i}")));
        Assert.All(all, keys => Assert.Equal("k1", keys));
        Assert.Equal(1, Fetches);
    }

    [Fact, Trait("Spec", "CIMD-14"), Trait("Spec", "SEC-14")]
    public async Task Fetches_for_unknown_keys_once_per_cool_down_which_grows_until_there_is_news()
    {
        _at.Publish("/client.json", ["k1"], headers: response => response.Headers.CacheControl = "max-age=86400");
        foreach (var (wait, fetches) in new[] { (0, 1), (5, 2), (5, 2), (5, 3), (20, 4), (40, 5), (60, 6), (59, 6), (1, 7) })
        {
            _at.Clock.Advance(TimeSpan.FromSeconds(wait));
            for (var i = 0; i < 100; i++) Assert.Equal("k1", await KeysAsync($"random-{wait}-{i}"));
            Assert.Equal(fetches, Fetches);
        }
        _at.Publish("/client.json", ["k1", "k2"]);
        _at.Clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal("k1 k2", await KeysAsync("k2"));
        _at.Publish("/client.json", ["k3"]);
        _at.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("k3", await KeysAsync("k3"));
    }

    [Fact, Trait("Spec", "CIMD-08")]
    public async Task Keeps_no_failure_and_asks_again_after_a_second()
    {
        _at.Host.On("/client.json", "", 500);
        for (var i = 0; i < 100; i++) Assert.Equal("none: HTTP 500", await KeysAsync());
        Assert.Equal(1, Fetches);
        _at.Clock.Advance(TimeSpan.FromSeconds(0.9));
        Assert.Equal("none: HTTP 500", await KeysAsync());
        Assert.Equal(1, Fetches);

        _at.Publish("/client.json", ["k1"], change: document => document["client_id"] = "x");
        _at.Clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal("none: the document's client_id is not its address", await KeysAsync());
        _at.Publish("/client.json", ["k1"]);
        _at.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("k1", await KeysAsync());
        Assert.Equal(3, Fetches);
    }

    [Theory, Trait("Spec", "CIMD-08")]
    [InlineData(null, null, null, 600)]
    [InlineData("max-age=300", null, null, 300)]
    [InlineData("public, max-age=300, must-revalidate", null, "100", 200)]
    [InlineData("max-age=300", null, "299", 60)]
    [InlineData("max-age=0", null, null, 60)]
    [InlineData("max-age=59", null, null, 60)]
    [InlineData("no-store", null, null, 60)]
    [InlineData("no-cache, max-age=3600", null, null, 60)]
    [InlineData("max-age=31536000", null, null, 86400)]
    [InlineData(null, "1800", null, 1800)]
    [InlineData(null, "1800", "300", 1500)]
    [InlineData("max-age=300", "1800", null, 300)]
    [InlineData(null, "0", null, 60)]
    [InlineData(null, "-100", null, 60)]
    [InlineData(null, "soon", null, 60)]
    [InlineData("rubbish;;=", null, null, 600)]
    public async Task Uses_a_document_for_as_long_as_its_headers_say_within_bounds(string? control, string? expires, string? age, int seconds)
    {
        void Headers(HttpResponse response)
        {
            var date = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
            response.Headers.Date = date.ToString("r");
            if (control is not null) response.Headers.CacheControl = control;
            if (expires is not null) response.Headers.Expires = int.TryParse(expires, out var after) ? date.AddSeconds(after).ToString("r") : expires;
            if (age is not null) response.Headers.Age = age;
        }
        _at.Publish("/client.json", ["k1"], headers: Headers);
        Assert.Equal("k1", await KeysAsync());
        _at.Publish("/client.json", ["k2"], headers: Headers);

        _at.Clock.Advance(TimeSpan.FromSeconds(seconds - 0.5));
        Assert.Equal("k1", await KeysAsync());
        Assert.Equal(1, Fetches);
        _at.Clock.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal("k2", await KeysAsync("k1"));     // not once more: it was taken back
        Assert.Equal(2, Fetches);
    }

    [Fact, Trait("Spec", "CIMD-14"), Trait("Spec", "SEC-15")]
    public async Task Keeps_keys_for_a_day_of_outage_and_then_has_none()
    {
        _at.Publish("/client.json", ["k1"]);
        Assert.Equal("k1", await KeysAsync());
        _at.Host.On("/client.json", "", 503);

        _at.Clock.Advance(TimeSpan.FromHours(23.9));
        Assert.Equal("k1", await KeysAsync());
        Assert.Contains("could not be fetched anew", Assert.Single(_at.Log.Lines), StringComparison.Ordinal);
        _at.Clock.Advance(TimeSpan.FromHours(0.2));
        Assert.Equal("none: HTTP 503", await KeysAsync());
        _at.Publish("/client.json", ["k1"]);
        _at.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("k1", await KeysAsync());
    }

    [Fact, Trait("Spec", "CIMD-14")]
    public async Task Lets_only_the_first_request_of_an_outage_wait()
    {
        _at.Publish("/client.json", ["k1"]);
        Assert.Equal("k1", await KeysAsync());
        var gate = new TaskCompletionSource();
        _at.Clock.Advance(TimeSpan.FromMinutes(11));
        _at.Host.On("/client.json", "", 503);
        Assert.Equal("k1", await KeysAsync());

        _at.Host.On("/client.json", _ => gate.Task);
        _at.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("k1", await KeysAsync().WaitAsync(TimeSpan.FromSeconds(2)));
        gate.SetResult();
    }

    [Fact, Trait("Spec", "CIMD-14"), Trait("Spec", "SEC-14")]
    public async Task Finds_keys_at_the_jwks_uri_once_for_a_hundred_unknown_names()
    {
        _at.Publish("/client.json", [], jwksUri: _at.Host.Url + "/jwks");
        _at.PublishKeys("/jwks", ["k1"]);
        for (var i = 0; i < 100; i++) Assert.Equal("k1", await KeysAsync($"random-{i}"));
        Assert.Equal((1, 1), (Fetches, _at.Host.CountOf("/jwks")));

        _at.PublishKeys("/jwks", ["k2"]);
        _at.Clock.Advance(TimeSpan.FromSeconds(5));
        for (var i = 0; i < 100; i++) Assert.Equal("k2", await KeysAsync("k2"));
        Assert.Equal((1, 2), (Fetches, _at.Host.CountOf("/jwks")));
        _at.Publish("/client.json", [], jwksUri: _at.Host.Url + "/other");
        _at.PublishKeys("/other", ["k3"]);
        _at.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal("k3", await KeysAsync());
        Assert.Equal(2, _at.Host.CountOf("/jwks"));
    }

    [Theory, Trait("Spec", "CIMD-14")]
    [InlineData(302, "{}", "none: HTTP 302")]
    [InlineData(404, "{}", "none: HTTP 404")]
    [InlineData(200, "[]", "none: the key set is not one JSON object")]
    [InlineData(200, "{\"keys\":[],\"keys\":[]}", "none: the key set is not one JSON object")]
    [InlineData(200, "{}", "none: no published key is usable")]
    [InlineData(200, "{\"keys\":[{\"kty\":\"RSA\",\"d\":\"AQAB\"}]}", "none: a published key has private members")]
    public async Task Takes_from_a_jwks_uri_nothing_but_a_set_of_public_keys(int status, string body, string given)
    {
        _at.Publish("/client.json", [], jwksUri: _at.Host.Url + "/jwks");
        _at.Host.On("/jwks", body, status, response => response.Headers.Location = "/elsewhere");
        Assert.Equal(given, await KeysAsync());
        Assert.Equal(0, _at.Host.CountOf("/elsewhere"));
        _at.PublishKeys("/jwks", ["k1"]);
        _at.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("k1", await KeysAsync());
    }

    [Fact, Trait("Spec", "CIMD-14"), Trait("Spec", "SEC-16")]
    public async Task Reads_no_more_than_256_kilobytes_of_keys()
    {
        _at.Publish("/client.json", [], jwksUri: _at.Host.Url + "/jwks");
        _at.Host.On("/jwks", async http =>
        {
            for (var i = 0; i < 100_000 && !http.RequestAborted.IsCancellationRequested; i++) await http.Response.WriteAsync(new string(' ', 1000));
        });
        Assert.Equal("none: The document is too large.", await KeysAsync());
    }

    [Fact, Trait("Spec", "CIMD-12")]
    public async Task Records_a_change_of_keys_once_and_before_the_new_keys_are_taken()
    {
        _at.Publish("/client.json", ["k1"]);
        Assert.Equal("k1", await KeysAsync());
        Assert.Empty(_at.Events);       // what is seen first has changed from nothing

        _at.AuditIsAway = true;
        _at.Publish("/client.json", ["k2"]);
        _at.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal("k1", await KeysAsync());
        _at.AuditIsAway = false;
        _at.Clock.Advance(TimeSpan.FromMinutes(10));
        for (var i = 0; i < 5; i++)
        {
            await _document.GetAsync("k2", default);
            _at.Clock.Advance(TimeSpan.FromMinutes(10));
        }
        Assert.Equal("k2", await KeysAsync());

        var recorded = Assert.Single(_at.Events);
        Assert.Equal(("client.document_changed", AuditOutcome.Ok, "ide"), (recorded.Type, recorded.Outcome, recorded.Client));
        var (before, after) = (Data(0)["before"]!["keys"]![0]!, Data(0)["after"]!["keys"]![0]!);
        Assert.Equal(("k1", "k2"), ((string?)before["kid"], (string?)after["kid"]));
        Assert.Equal((await _document.GetAsync("k2", default)).Value!.Keys[0].Thumbprint, (string?)after["thumbprint"]);
        Assert.NotEqual((string?)before["thumbprint"], (string?)after["thumbprint"]);
        Assert.Equal("[\"keys\"]", Data(0)["changed"]!.ToJsonString());
        Assert.Equal(_at.Url().Value, _at.Events.First().ActorKey);
    }

    [Theory, Trait("Spec", "CIMD-12"), Trait("Spec", "CIMD-03")]
    [InlineData("none", "none", "the document's token_endpoint_auth_method is not private_key_jwt")]
    [InlineData("client_secret_basic", "client_secret_basic", "the document's token_endpoint_auth_method is not private_key_jwt")]
    [InlineData("a-word-of-its-own", "other", "the document's token_endpoint_auth_method is not private_key_jwt")]
    [InlineData(null, null, "the document's token_endpoint_auth_method is not private_key_jwt")]
    [InlineData("secret", "private_key_jwt", "the document holds a client secret")]
    public async Task Refuses_a_client_whose_document_gives_up_its_keys_and_records_it_once(string? method, string? recorded, string fault)
    {
        _at.Publish("/client.json", ["k1"]);
        Assert.Equal("k1", await KeysAsync());
        _at.Publish("/client.json", ["k1"], change: document =>
        {
            if (method is "secret") document["client_secret"] = "s3cret";
            else document["token_endpoint_auth_method"] = method;
            if (method is null) document.Remove("token_endpoint_auth_method");
        });
        _at.Clock.Advance(TimeSpan.FromMinutes(10));
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal("none: " + fault, await KeysAsync());
            Assert.Equal("none: " + fault, await KeysAsync("k1"));
            _at.Clock.Advance(TimeSpan.FromSeconds(1));
        }
        var held = Assert.Single(_at.Events);
        Assert.Equal(("client.document_held", AuditOutcome.Denied, "ide"), (held.Type, held.Outcome, held.Client));
        Assert.Equal(("private_key_jwt", recorded), ((string?)Data(0)["before"]!["token_endpoint_auth_method"], (string?)Data(0)["after"]!["token_endpoint_auth_method"]));
        Assert.Equal(method is "secret", (bool)Data(0)["after"]!["client_secret"]!);
        Assert.DoesNotContain("s3cret", Data(0).ToJsonString(), StringComparison.Ordinal);

        _at.Publish("/client.json", ["k1"]);
        Assert.Equal("k1", await KeysAsync());
        Assert.Equal(["client.document_held", "client.document_changed"], _at.Events.Select(e => e.Type));
    }

    [Fact, Trait("Spec", "CIMD-04"), Trait("Spec", "CIMD-14")]
    public async Task Gives_what_the_document_says_and_keys_by_one_fetch()
    {
        _at.Publish("/client.json", ["k1"], change: document => (document["client_name"], document["redirect_uris"]) = ("An IDE", new JsonArray("https://ide.example/cb")));
        var (document, fault) = await _document.GetDocumentAsync(default);
        Assert.Null(fault);
        Assert.Equal(("An IDE", "https://ide.example/cb"), (document!.Name, Assert.Single(document.RedirectUris)));
        Assert.Equal("k1", await KeysAsync());
        Assert.Equal(1, Fetches);
    }

    [Fact, Trait("Spec", "CIMD-12")]
    public async Task Records_where_people_are_sent_back_to_before_they_are()
    {
        void SendTo(string uri) => _at.Publish("/client.json", ["k1"], change: document => document["redirect_uris"] = new JsonArray(uri));
        async Task<string> SentToAsync() => string.Join(' ', (await _document.GetDocumentAsync(default)).Value!.RedirectUris);
        SendTo("https://ide.example/cb");
        Assert.Equal("https://ide.example/cb", await SentToAsync());

        _at.AuditIsAway = true;
        SendTo("https://elsewhere.example/cb");
        _at.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal("https://ide.example/cb", await SentToAsync());
        _at.AuditIsAway = false;
        _at.Clock.Advance(TimeSpan.FromMinutes(10));
        for (var i = 0; i < 200 && await SentToAsync() is "https://ide.example/cb"; i++) await Task.Delay(20);      // who asks first after a failure does not wait
        Assert.Equal("https://elsewhere.example/cb", await SentToAsync());
        SendTo("javascript:alert(document.cookie)");
        _at.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal("", await SentToAsync());

        Assert.Equal("""[["https://ide.example/cb"],["https://elsewhere.example/cb"],[]]""",
            new JsonArray(Data(0)["before"]!["redirect_uris"]!.DeepClone(), Data(0)["after"]!["redirect_uris"]!.DeepClone(), Data(1)["after"]!["redirect_uris"]!.DeepClone()).ToJsonString());
        Assert.All(_at.Events, recorded => Assert.Equal(("client.document_changed", "[\"redirect_uris\"]"), (recorded.Type, JsonNode.Parse(recorded.Data.Utf8.Span)!["changed"]!.ToJsonString())));
        Assert.DoesNotContain("javascript", Data(1).ToJsonString(), StringComparison.Ordinal);
    }

    [Fact, Trait("Spec", "C-18")]
    public async Task Has_no_keys_of_a_public_client()
    {
        _at.Publish("/client.json", [], change: document => (document["token_endpoint_auth_method"], document["jwks"]) = ("none", null));
        var document = new ClientDocument(_at.Fetch, "open", _at.Url(), privateNetwork: false, isPublic: true);
        Assert.Equal("none: the document of a public client holds keys", await document.GetAsync(null, default).NamesAsync());

        _at.Publish("/client.json", [], change: document => { document["token_endpoint_auth_method"] = "none"; document.Remove("jwks"); });
        _at.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("none: the document is a public client's", await document.GetAsync("k1", default).NamesAsync());
        Assert.NotNull((await document.GetDocumentAsync(default)).Value);
        Assert.Equal("none: the document's token_endpoint_auth_method is not private_key_jwt", await KeysAsync());
    }

    [Fact, Trait("Spec", "CIMD-12"), Trait("Spec", "SEC-17")]
    public async Task Records_that_the_keys_at_a_jwks_uri_changed()
    {
        _at.Publish("/client.json", [], jwksUri: _at.Host.Url + "/jwks");
        _at.PublishKeys("/jwks", ["k1"]);
        Assert.Equal("k1", await KeysAsync());
        _at.PublishKeys("/jwks", ["k1", "k2"]);
        _at.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("k1 k2", await KeysAsync("k2"));

        Assert.Equal("client.keys_changed", Assert.Single(_at.Events).Type);
        Assert.Equal((1, 2), (Data(0)["before"]!["keys"]!.AsArray().Count, Data(0)["after"]!["keys"]!.AsArray().Count));
    }

    [Theory, Trait("Spec", "CIMD-06"), Trait("Spec", "SEC-16")]
    [InlineData("localhost"), InlineData("127.0.0.1"), InlineData("[::1]"), InlineData("[::ffff:127.0.0.1]"), InlineData("169.254.169.254"), InlineData("10.0.0.1")]
    public async Task Connects_to_no_address_of_special_use_whatever_the_name_is(string host)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var production = new EgressClient(allowLoopbackHttp: false);
        var fetch = new PublishedFetch(production, _ => Task.CompletedTask, _at.Clock, NullLogger<PublishedFetch>.Instance);
        Assert.True(ClientDocumentUrl.TryParse($"https://{host}:{((IPEndPoint)listener.LocalEndpoint).Port}/client.json", out var url));

        Assert.StartsWith("none: The host has no address that may be connected to.", await new ClientDocument(fetch, "ide", url, false).GetAsync(null, default).NamesAsync(), StringComparison.Ordinal);
        Assert.StartsWith("none: The host has no address that may be connected to.", await new PublishedKeySet(fetch, Publisher.Client("ide"), url.Url, false).GetAsync(null, default).NamesAsync(), StringComparison.Ordinal);
        Assert.False(listener.Pending());
    }

    [Fact, Trait("Spec", "CIMD-06"), Trait("Spec", "SEC-16")]
    public async Task Lets_no_document_of_a_host_in_the_private_network_open_another_host_there()
    {
        var trusted = new ClientDocument(_at.Fetch, "ide", _at.Url(), privateNetwork: true);
        _at.Publish("/client.json", [], jwksUri: "https://10.255.255.1/jwks");
        Assert.StartsWith("none: The host has no address that may be connected to.", await trusted.GetAsync(null, default).NamesAsync(), StringComparison.Ordinal);

        var at = Assert.Single(new[] { new Uri("https://10.255.255.1/jwks") });
        Assert.DoesNotContain("no address that may be connected to", await new PublishedKeySet(_at.Fetch, Publisher.Client("ide"), at, privateNetwork: true).GetAsync(null, default).NamesAsync(), StringComparison.Ordinal);
    }
}
