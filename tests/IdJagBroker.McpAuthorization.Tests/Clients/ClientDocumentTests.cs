using System.Text.Json.Nodes;
using IdJagBroker.McpAuthorization.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace IdJagBroker.McpAuthorization.Tests.Clients;

/// <summary>Clients whose id is the address of their metadata document (CIMD), confidential ones and public ones (C-18): each check broken alone.</summary>
public sealed class ClientDocumentTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>, IAsyncLifetime
{
    private const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    private static readonly Dictionary<string, Action<ClientHost>> Faults = new()
    {
        ["not there"] = host => host.On("/client.json", http => Status(http, 404)),
        ["redirects"] = host => host.On("/client.json", http =>
        {
            http.Response.Headers.Location = host.Url + "/moved.json";
            return Status(http, 301);
        }),
        ["another status of success"] = host => host.On("/client.json", http => Status(http, 203, host.Document().ToJsonString())),
        ["of another client"] = host => host.On("/client.json", With(host, document => document["client_id"] = host.Url + "/other.json")),
        ["of nobody"] = host => host.On("/client.json", With(host, document => document.Remove("client_id"))),
        ["with a secret"] = host => host.On("/client.json", With(host, document => document["client_secret"] = Ras.Secret)),
        ["with a secret that expires"] = host => host.On("/client.json", With(host, document => document["client_secret_expires_at"] = 0)),
        ["by secret"] = host => host.On("/client.json", With(host, document => document["token_endpoint_auth_method"] = "client_secret_basic")),
        ["by nothing"] = host => host.On("/client.json", With(host, document => document["token_endpoint_auth_method"] = "none")),
        ["by nothing that it says"] = host => host.On("/client.json", With(host, document => document.Remove("token_endpoint_auth_method"))),
        ["without keys"] = host => host.On("/client.json", With(host, document => document.Remove("jwks"))),
        ["with keys and a place for keys"] = host => host.On("/client.json", With(host, document => document["jwks_uri"] = host.Url + "/keys")),
        ["with half of the grants"] = host => host.On("/client.json", With(host, document =>
        {
            document["authorization_grant_profiles_supported"] = new JsonArray("urn:ietf:params:oauth:grant-profile:id-jag");
            document["grant_types"] = new JsonArray("urn:ietf:params:oauth:grant-type:jwt-bearer");
        })),
        ["without telling whether it proves a key"] = host => host.On("/client.json", With(host, document => document["dpop_bound_access_tokens"] = "true")),
        ["too large"] = host => host.On("/client.json", With(host, document => document["x"] = new string('x', 5 * 1024))),
        ["too large without saying so"] = host => host.On("/client.json", async http =>
        {
            await http.Response.StartAsync();
            await http.Response.WriteAsync(With(host, document => document["x"] = new string('x', 5 * 1024)).ToJsonString());
        }),
        ["a list"] = host => host.On("/client.json", new JsonArray(host.Document())),
        ["a member twice"] = host => host.On("/client.json", http => http.Response.WriteAsync(host.Document().ToJsonString().Replace("{\"client_id\"", "{\"client_id\":\"x\",\"client_id\"", StringComparison.Ordinal))),
        ["keys at an address inside"] = host => host.On("/client.json", With(host, document =>
        {
            document.Remove("jwks");
            document["jwks_uri"] = "https://10.0.0.1/keys";
        })),
        ["keys over http"] = host => host.On("/client.json", With(host, document =>
        {
            document.Remove("jwks");
            document["jwks_uri"] = "http://keys.example/keys";
        })),
    };

    private readonly ClientHost _host = new();

    public static TheoryData<string> FaultNames => [.. Faults.Keys];

    public async ValueTask InitializeAsync()
    {
        await _host.InitializeAsync();
        _host.On("/client.json", _host.Document());
        _host.On("/moved.json", _host.Document());
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory, InlineData(true), InlineData(false), Trait("Spec", "CIMD-02"), Trait("Spec", "CIMD-05"), Trait("Spec", "CIMD-10"), Trait("Spec", "RAS-19")]
    public async Task Takes_a_client_by_the_keys_that_its_document_names(bool inDocument)
    {
        if (!inDocument)
        {
            _host.On("/client.json", With(_host, document =>
            {
                document.Remove("jwks");
                document["jwks_uri"] = _host.Url + "/keys";
            }));
            _host.On("/keys", ClientHost.KeySet(Keys.Jwk(_host.Key, "ck-1")));
        }
        await using var ras = await StartAsync();

        var answer = (await ByAssertionAsync(ras)).AssertIssued();

        Assert.Equal(_host.ClientId, (string?)Draft.Payload(answer.AccessToken)["client_id"]);
        (await ByAssertionAsync(ras, idJag: broker.IdJag())).AssertRefused(400, "invalid_grant", "the assertion is for another client");
    }

    [Theory, MemberData(nameof(FaultNames))]
    [Trait("Spec", "CIMD-02"), Trait("Spec", "CIMD-03"), Trait("Spec", "CIMD-05"), Trait("Spec", "CIMD-06"), Trait("Spec", "CIMD-07"), Trait("Spec", "META-19"), Trait("Spec", "SEC-16")]
    public async Task Refuses_a_client_whose_document_has_one_fault(string fault)
    {
        Faults[fault](_host);
        await using var ras = await StartAsync();

        (await ByAssertionAsync(ras)).AssertRefused(401, "invalid_client", "client authentication failed");
        Assert.Equal(0, _host.CountOf("/moved.json"));
    }

    [Theory, Trait("Spec", "POP-12"), InlineData("keys"), InlineData("keys elsewhere"), InlineData("nothing")]
    public async Task Demands_a_proof_where_the_document_says_that_there_always_is_one(string by)
    {
        await using var ras = await StartAsync(trust: trust => trust.PublicClientIds = by is "nothing" ? [_host.ClientId] : []);
        _host.On("/keys", ClientHost.KeySet(Keys.Jwk(_host.Key, "ck-1")));
        void Publish(bool bound) => _host.On("/client.json", With(_host, document =>
        {
            document["dpop_bound_access_tokens"] = bound;
            if (by is not "keys") document.Remove("jwks");
            if (by is "keys elsewhere") document["jwks_uri"] = _host.Url + "/keys";
            if (by is "nothing") document["token_endpoint_auth_method"] = "none";
        }));
        Task<Answer> RedeemAsync() => by is "nothing" ? ByNameAsync(ras, _host.ClientId) : ByAssertionAsync(ras);

        Publish(bound: true);
        (await RedeemAsync()).AssertRefused(400, "invalid_request", "a DPoP proof is required");
        Publish(bound: false);
        ras.Clock.Advance(TimeSpan.FromMinutes(10));
        (await RedeemAsync()).AssertIssued();
        Assert.Contains(ras.Logs, line => line.StartsWith("1013", StringComparison.Ordinal) && line.Contains("its use of DPoP", StringComparison.Ordinal));
    }

    [Fact, Trait("Spec", "CIMD-05")]
    public async Task Refuses_a_client_with_keys_that_does_not_use_them()
    {
        await using var ras = await StartAsync(trust: trust => trust.PublicClientIds = [_host.ClientId]);

        (await ByNameAsync(ras, _host.ClientId)).AssertRefused(401, "invalid_client", "client authentication failed");
    }

    [Fact, Trait("Spec", "CIMD-09"), Trait("Spec", "SEC-06")]
    public async Task Asks_nobody_for_a_document_that_is_not_registered()
    {
        _host.On("/other.json", _host.Document("/other.json"));
        await using var ras = await StartAsync();

        (await ByAssertionAsync(ras, _host.Url + "/other.json")).AssertRefused(401, "invalid_client");
        (await ByNameAsync(ras, _host.Url + "/other.json")).AssertRefused(400, "unauthorized_client");
        (await ByNameAsync(ras, _host.ClientId)).AssertRefused(400, "unauthorized_client");
        Assert.Equal((0, 0), (_host.CountOf("/other.json"), _host.CountOf("/client.json")));
    }

    [Fact, Trait("Spec", "CIMD-09"), Trait("Spec", "CIMD-01"), Trait("Spec", "CIMD-14")]
    public async Task Takes_every_document_of_a_registered_host_and_asks_it_no_more_often_than_it_may()
    {
        _host.On("/other.json", _host.Document("/other.json"));
        await using var ras = await StartAsync(options =>
        {
            options.Clients.RemoveAt(2);
            options.ClientDocumentHosts.Add(new ClientDocumentHost { Origin = _host.Url, Scopes = ["tickets:read"] });
        });

        var granted = (await ByAssertionAsync(ras, _host.Url + "/other.json")).AssertIssued();
        Assert.Equal("tickets:read", (string?)granted.Json["scope"]);
        foreach (var spelling in new[] { "/x/../other.json", "/%6fther.json", "/other.json?x", "/other.json#x", "/", "" })
            (await ByAssertionAsync(ras, _host.Url + spelling)).AssertRefused(401, "invalid_client");
        Assert.Equal(1, _host.CountOf("/other.json"));
        for (var i = 0; i < 30; i++) (await ByAssertionAsync(ras, $"{_host.Url}/invented-{i}.json")).AssertRefused(401, "invalid_client");
        Assert.Equal(9, Enumerable.Range(0, 30).Sum(i => _host.CountOf($"/invented-{i}.json")));
        (await ByAssertionAsync(ras, _host.Url + "/other.json")).AssertIssued();
    }

    [Fact, Trait("Spec", "CIMD-08")]
    public async Task Keeps_a_document_as_long_as_it_says_within_bounds_and_a_failure_not_at_all()
    {
        _host.On("/client.json", http => Status(http, 500));
        await using var ras = await StartAsync();
        (await ByAssertionAsync(ras)).AssertRefused(401, "invalid_client");
        _host.On("/client.json", http =>
        {
            http.Response.Headers.CacheControl = "max-age=300";
            return http.Response.WriteAsync(_host.Document().ToJsonString());
        });
        ras.Clock.Advance(TimeSpan.FromSeconds(1));
        foreach (var (wait, fetches) in new[] { (0, 2), (299, 2), (1, 3) })
        {
            ras.Clock.Advance(TimeSpan.FromSeconds(wait));
            (await ByAssertionAsync(ras)).AssertIssued();
            Assert.Equal(fetches, _host.CountOf("/client.json"));
        }

        _host.On("/client.json", http =>
        {
            http.Response.Headers.CacheControl = "no-store";
            return http.Response.WriteAsync(_host.Document().ToJsonString());
        });
        ras.Clock.Advance(TimeSpan.FromSeconds(300));
        foreach (var (wait, fetches) in new[] { (0, 4), (59, 4), (1, 5) })
        {
            ras.Clock.Advance(TimeSpan.FromSeconds(wait));
            (await ByAssertionAsync(ras)).AssertIssued();
            Assert.Equal(fetches, _host.CountOf("/client.json"));
        }
    }

    [Fact, Trait("Spec", "CIMD-12")]
    public async Task Holds_a_client_whose_document_gives_its_keys_up()
    {
        await using var ras = await StartAsync(trust: trust => trust.PublicClientIds = [_host.ClientId]);
        (await ByAssertionAsync(ras)).AssertIssued();

        _host.On("/client.json", With(_host, document => document["token_endpoint_auth_method"] = "none"));
        ras.Clock.Advance(TimeSpan.FromMinutes(10));
        (await ByNameAsync(ras, _host.ClientId)).AssertRefused(401, "invalid_client");
        (await ByAssertionAsync(ras)).AssertRefused(401, "invalid_client");

        _host.On("/client.json", _host.Document());
        ras.Clock.Advance(TimeSpan.FromMinutes(1));
        (await ByAssertionAsync(ras)).AssertIssued();
        Assert.Contains(ras.Logs, line => line.StartsWith("1013", StringComparison.Ordinal));
    }

    [Fact, Trait("Spec", "RAS-05"), Trait("Spec", "RAS-20"), Trait("Spec", "RAS-21")]
    public async Task Takes_a_public_client_that_a_rule_names_and_each_id_jag_once()
    {
        Public();
        await using var ras = await StartAsync(trust: trust => trust.PublicClientIds = [_host.ClientId]);
        var idJag = IdJagFor(ras, _host.ClientId);

        (await ByNameAsync(ras, _host.ClientId, idJag)).AssertIssued();
        (await ByNameAsync(ras, _host.ClientId, idJag)).AssertRefused(400, "invalid_grant", "the assertion has already been used");
        (await ByNameAsync(ras, _host.ClientId)).AssertIssued();
        (await ras.SendAsync(null, Grant(IdJagFor(ras, _host.ClientId)))).AssertRefused(401, "invalid_client");
        (await ByNameAsync(ras, _host.ClientId, broker.IdJag())).AssertRefused(400, "invalid_grant", "the assertion is for another client");
    }

    [Fact, Trait("Spec", "RAS-05")]
    public async Task Takes_a_public_client_only_with_id_jags_of_the_issuer_whose_rule_names_it()
    {
        Public();
        await using var second = new LoopbackBroker();
        await second.InitializeAsync();
        await using var ras = await StartAsync(options => options.TrustedIssuers.Add(new TrustedIssuer { Issuer = second.Issuer, PublicClientIds = [_host.ClientId] }));
        var fromSecond = second.IdJag();
        fromSecond.Claims["client_id"] = _host.ClientId;

        (await ByNameAsync(ras, _host.ClientId)).AssertRefused(400, "unauthorized_client", "public clients are not allowed");
        (await ByNameAsync(ras, _host.ClientId, fromSecond)).AssertIssued();
    }

    [Fact, Trait("Spec", "META-09"), Trait("Spec", "META-13")]
    public async Task Announces_documents_and_public_clients_where_they_are_taken()
    {
        await using var documents = await StartAsync(options => options.Clients.RemoveAt(0));
        await using var hosts = await StartAsync(options =>
        {
            options.Clients.Clear();
            options.ClientDocumentHosts.Add(new ClientDocumentHost { Origin = _host.Url });
        }, trust => trust.PublicClientIds = [_host.ClientId]);
        await using var own = await StartAsync(options =>
        {
            options.Clients.Clear();
            options.ClientAuthenticationMethods = ["private_key_jwt"];
        });

        foreach (var (ras, methods, announced) in new[]
        {
            (documents, """["client_secret_basic","client_secret_post","private_key_jwt"]""", true), (hosts, """["private_key_jwt","none"]""", true), (own, """["private_key_jwt"]""", false),
        })
        {
            var metadata = (await Answer.ReadAsync(await ras.Http.GetAsync(new Uri("/.well-known/oauth-authorization-server", UriKind.Relative)))).Json;
            Assert.Equal(methods, metadata["token_endpoint_auth_methods_supported"]!.ToJsonString());
            Assert.Equal("""["ES256","ES384","RS256","PS256"]""", metadata["token_endpoint_auth_signing_alg_values_supported"]!.ToJsonString());
            Assert.Equal(announced ? true : null, (bool?)metadata["client_id_metadata_document_supported"]);
        }
    }

    private static Task Status(HttpContext http, int status, string body = "")
    {
        http.Response.StatusCode = status;
        return http.Response.WriteAsync(body);
    }

    private static JsonObject With(ClientHost host, Action<JsonObject> change)
    {
        var document = host.Document();
        change(document);
        return document;
    }

    private void Public() => _host.On("/client.json", With(_host, document =>
    {
        document["token_endpoint_auth_method"] = "none";
        document.Remove("jwks");
    }));

    private static (string, string)[] Grant(Draft idJag) => [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", idJag.Encode())];

    private Draft IdJagFor(Ras ras, string clientId)
    {
        var idJag = broker.IdJag(ras.Clock.GetUtcNow());
        idJag.Claims["client_id"] = clientId;
        return idJag;
    }

    private Task<Answer> ByAssertionAsync(Ras ras, string? clientId = null, Draft? idJag = null)
    {
        clientId ??= _host.ClientId;
        var assertion = ClientHost.Assertion(_host.Key, clientId, now: ras.Clock.GetUtcNow());
        return ras.SendAsync(null, [.. Grant(idJag ?? IdJagFor(ras, clientId)), ("client_assertion_type", AssertionType), ("client_assertion", assertion.Encode())]);
    }

    private Task<Answer> ByNameAsync(Ras ras, string clientId, Draft? idJag = null) => ras.SendAsync(null, [.. Grant(idJag ?? IdJagFor(ras, clientId)), ("client_id", clientId)]);

    private Task<Ras> StartAsync(Action<IdJagAuthorizationServerOptions>? configure = null, Action<TrustedIssuer>? trust = null) => Ras.StartAsync(broker, new RasSetup
    {
        Configure = options =>
        {
            options.Clients.Add(new IdJagClient { ClientId = _host.ClientId, UsesMetadataDocument = true });
            configure?.Invoke(options);
        },
        Trust = trust ?? (_ => { }),
    });
}
