using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.McpAuthorization.Tests.Support;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.McpAuthorization.Tests.Clients;

/// <summary><c>private_key_jwt</c> at the token endpoint (RFC 7523 §3, SEC-19…21): accepted once, then each check broken alone.</summary>
public sealed class ClientAssertionTests(LoopbackBroker broker, ClientHost host) : IClassFixture<LoopbackBroker>, IClassFixture<ClientHost>
{
    private const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    private const string Signer = "cl_signer";

    private static readonly Dictionary<string, Action<Draft>> Faults = new()
    {
        ["iss of another"] = a => a.Claims["iss"] = Ras.Client,
        ["iss of a broker"] = a => a.Claims["iss"] = "https://broker.acme.example",
        ["no iss"] = a => a.Claims.Remove("iss"),
        ["aud is the token endpoint"] = a => a.Claims["aud"] = Ras.Issuer + "/token",
        ["aud is another server"] = a => a.Claims["aud"] = "https://as.other.example",
        ["aud with a slash"] = a => a.Claims["aud"] = Ras.Issuer + "/",
        ["aud is a list"] = a => a.Claims["aud"] = new JsonArray(Ras.Issuer),
        ["aud is a longer list"] = a => a.Claims["aud"] = new JsonArray(Ras.Issuer, "https://as.other.example"),
        ["no aud"] = a => a.Claims.Remove("aud"),
        ["no jti"] = a => a.Claims.Remove("jti"),
        ["jti is no string"] = a => a.Claims["jti"] = 7,
        ["jti is too long"] = a => a.Claims["jti"] = new string('j', 256),
        ["no exp"] = a => a.Claims.Remove("exp"),
        ["expired"] = a => a.Claims["exp"] = Now - 61,
        ["lives too long"] = a => a.Claims["exp"] = Now + 361,
        ["not yet valid"] = a => a.Claims["nbf"] = Now + 61,
        ["nbf is no number"] = a => a.Claims["nbf"] = "0",
        ["issued in the future"] = a => a.Claims["iat"] = Now + 61,
        ["typ of an access token"] = a => a.Header["typ"] = "at+jwt",
        ["typ of an ID-JAG"] = a => a.Header["typ"] = "oauth-id-jag+jwt",
        ["typ of a proof"] = a => a.Header["typ"] = "dpop+jwt",
        ["alg none"] = a => a.Header["alg"] = "none",
        ["alg HS256"] = a => a.Header["alg"] = "HS256",
        ["unknown kid"] = a => a.Header["kid"] = "ck-9",
        ["brings its own key"] = a => a.Header["jwk"] = new JsonObject(),
        ["no signature"] = a => a.Mangle = token => token[..(token.LastIndexOf('.') + 1)],
        ["another signature"] = a => a.Sign = _ => RandomNumberGenerator.GetBytes(64),
        ["a member twice"] = a => a.RawClaims = a.Claims.ToJsonString().Replace("{", "{\"sub\":\"x\",", StringComparison.Ordinal),
        ["too long"] = a => a.Claims["x"] = new string('x', 8192),
    };

    private static long Now => ManualClock.T0.ToUnixTimeSeconds();

    public static TheoryData<string> FaultNames => [.. Faults.Keys];

    [Theory, Trait("Spec", "SEC-19"), Trait("Spec", "SEC-20"), Trait("Spec", "SEC-21")]
    [InlineData("client-authentication+jwt"), InlineData("application/client-authentication+jwt"), InlineData("JWT"), InlineData(null)]
    public async Task Takes_an_assertion_of_a_registered_key(string? typ)
    {
        await using var ras = await StartAsync();
        foreach (var namesItself in new[] { true, false })
        {
            var assertion = Assertion();
            if (typ is null) assertion.Header.Remove("typ"); else assertion.Header["typ"] = typ;

            var answer = (await SendAsync(ras, assertion, namesItself ? Signer : null)).AssertIssued();

            Assert.Equal(Signer, (string?)Draft.Payload(answer.AccessToken)["client_id"]);
        }
    }

    [Theory, MemberData(nameof(FaultNames)), Trait("Spec", "SEC-20"), Trait("Spec", "SEC-21"), Trait("Spec", "RAS-04")]
    public async Task Refuses_an_assertion_with_one_fault(string fault)
    {
        await using var ras = await StartAsync();
        var assertion = Assertion();
        Faults[fault](assertion);

        (await SendAsync(ras, assertion)).AssertRefused(401, "invalid_client", "client authentication failed");
    }

    [Fact, Trait("Spec", "SEC-20")]
    public async Task Takes_the_key_of_that_client_and_of_no_other()
    {
        using var foreign = Keys.P256();
        await using var ras = await StartAsync(options => options.Clients.Add(new IdJagClient { ClientId = "cl_foreign", Keys = Set(foreign, "ck-1") }));

        (await SendAsync(ras, ClientHost.Assertion(foreign, Signer))).AssertRefused(401, "invalid_client");
        (await SendAsync(ras, ClientHost.Assertion(foreign, "cl_foreign"), clientId: Signer)).AssertRefused(401, "invalid_client");
        (await SendAsync(ras, ClientHost.Assertion(foreign, "cl_nobody"))).AssertRefused(401, "invalid_client");
        var ofAnother = Assertion();
        ofAnother.Claims["sub"] = "cl_foreign";
        (await SendAsync(ras, ofAnother, clientId: Signer)).AssertRefused(401, "invalid_client");
        (await SendAsync(ras, Assertion(), idJag: IdJagFor("cl_foreign"))).AssertRefused(400, "invalid_grant", "the assertion is for another client");
        (await SendAsync(ras, ClientHost.Assertion(foreign, "cl_foreign"), idJag: IdJagFor("cl_foreign"))).AssertIssued();
    }

    [Fact, Trait("Spec", "SEC-20"), Trait("Spec", "SEC-31")]
    public async Task Takes_an_assertion_once()
    {
        using var other = Keys.P256();
        await using var ras = await StartAsync(options => options.Clients.Add(new IdJagClient { ClientId = "cl_two", Keys = Set(other, "ck-1") }));
        var (first, second) = (Assertion(), ClientHost.Assertion(other, "cl_two"));
        second.Claims["jti"] = (string)first.Claims["jti"]!;

        (await SendAsync(ras, first)).AssertIssued();
        (await SendAsync(ras, first)).AssertRefused(401, "invalid_client", "client authentication failed");
        (await SendAsync(ras, second, idJag: IdJagFor("cl_two"))).AssertIssued();           // another client's jti is another jti
        ras.Clock.Advance(TimeSpan.FromSeconds(119));
        (await SendAsync(ras, first)).AssertRefused(401, "invalid_client");
    }

    [Fact, Trait("Spec", "SEC-20")]
    public async Task Uses_an_assertion_up_only_if_it_holds_and_an_id_jag_of_that_jti_not_at_all()
    {
        await using var ras = await StartAsync(trust: trust => trust.Reuse = IdJagReuse.SingleUse);
        var assertion = Assertion();
        var spoiled = Assertion();
        (spoiled.Claims["jti"], spoiled.Claims["aud"]) = ((string)assertion.Claims["jti"]!, "https://as.other.example");
        var idJag = IdJagFor(Signer);
        idJag.Claims["jti"] = (string)assertion.Claims["jti"]!;

        (await SendAsync(ras, spoiled)).AssertRefused(401, "invalid_client");
        (await SendAsync(ras, assertion, idJag: idJag)).AssertIssued();
    }

    [Fact, Trait("Spec", "RAS-24"), Trait("Spec", "SEC-20")]
    public async Task Answers_503_while_nobody_can_tell_whether_it_was_used()
    {
        await using var ras = await StartAsync(build: server => server.UseReplayGuard<NoGuard>());

        var answer = await SendAsync(ras, Assertion());

        answer.AssertRefused(503, "temporarily_unavailable");
        Assert.Equal("5", answer.Header("Retry-After"));
    }

    [Theory, InlineData(true), InlineData(false), Trait("Spec", "SEC-20")]
    public async Task Takes_the_token_endpoint_as_audience_only_if_told_to(bool told)
    {
        await using var ras = await StartAsync(options => options.AcceptsTokenEndpointAsAudience = told);
        var assertion = Assertion();
        assertion.Claims["aud"] = Ras.Issuer + "/token";

        var answer = await SendAsync(ras, assertion);

        if (told) answer.AssertIssued();
        else answer.AssertRefused(401, "invalid_client");
        var both = Assertion();
        both.Claims["aud"] = new JsonArray(Ras.Issuer, Ras.Issuer + "/token");
        (await SendAsync(ras, both)).AssertRefused(401, "invalid_client");
        (await SendAsync(ras, Assertion())).AssertIssued();
    }

    [Fact, Trait("Spec", "SEC-02"), Trait("Spec", "META-09"), Trait("Spec", "SEC-19")]
    public async Task Takes_and_announces_the_algorithms_that_are_configured()
    {
        using var rsa = RSA.Create(2048);
        await using var ras = await StartAsync(options =>
        {
            options.ClientAssertionAlgorithms = [JwsAlgorithm.PS256, JwsAlgorithm.RS256];
            options.Clients.Add(new IdJagClient { ClientId = "cl_rsa", Keys = Set(ClientHost.KeySet(Keys.Jwk(rsa, "ck-1"))) });
        });
        var assertion = ClientHost.Assertion(host.Key, "cl_rsa");
        assertion.Header["alg"] = "RS256";
        assertion.Sign = input => rsa.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

        (await SendAsync(ras, assertion, idJag: IdJagFor("cl_rsa"))).AssertIssued();
        (await SendAsync(ras, Assertion())).AssertRefused(401, "invalid_client");
        var metadata = (await Answer.ReadAsync(await ras.Http.GetAsync(new Uri("/.well-known/oauth-authorization-server", UriKind.Relative)))).Json;
        Assert.Equal("""["PS256","RS256"]""", metadata["token_endpoint_auth_signing_alg_values_supported"]!.ToJsonString());
        Assert.Equal("""["client_secret_basic","client_secret_post","private_key_jwt"]""", metadata["token_endpoint_auth_methods_supported"]!.ToJsonString());
        Assert.False(metadata.ContainsKey("client_id_metadata_document_supported"));
    }

    [Fact, Trait("Spec", "SEC-19")]
    public async Task Lets_a_client_authenticate_only_as_it_is_registered()
    {
        await using var ras = await StartAsync();

        (await SendAsync(ras, ClientHost.Assertion(host.Key, Ras.Client), idJag: broker.IdJag())).AssertRefused(401, "invalid_client");
        (await ras.SendAsync(Ras.Basic(Signer, Ras.Secret), Grant(IdJagFor(Signer)))).AssertRefused(401, "invalid_client");
        (await ras.SendAsync(Ras.Basic(Signer, ""), Grant(IdJagFor(Signer)))).AssertRefused(401, "invalid_client");
        (await ras.SendAsync(null, [.. Grant(IdJagFor(Signer)), ("client_id", Signer)])).AssertRefused(400, "unauthorized_client");
        (await ras.SendAsync(null, [.. Grant(IdJagFor(Signer)), ("client_assertion_type", "urn:x"), ("client_assertion", Assertion().Encode())])).AssertRefused(401, "invalid_client");
        (await ras.SendAsync(null, [.. Grant(IdJagFor(Signer)), ("client_assertion", Assertion().Encode())])).AssertRefused(401, "invalid_client");
    }

    [Fact, Trait("Spec", "CIMD-14"), Trait("Spec", "SEC-14")]
    public async Task Fetches_published_keys_once_whatever_kid_is_invented_and_again_when_it_may()
    {
        host.On("/rotating", ClientHost.KeySet(Keys.Jwk(host.Key, "ck-1")));
        await using var ras = await StartAsync(options => options.Clients.Add(new IdJagClient { ClientId = "cl_away", JwksUri = host.Url + "/rotating" }));
        Task<Answer> With(string kid) => SendAsync(ras, ClientHost.Assertion(host.Key, "cl_away", kid, ras.Clock.GetUtcNow()), idJag: IdJagFor("cl_away", ras));

        (await With("ck-1")).AssertIssued();
        for (var i = 0; i < 20; i++) (await With($"random-{i}")).AssertRefused(401, "invalid_client");
        Assert.Equal(1, host.CountOf("/rotating"));

        host.On("/rotating", ClientHost.KeySet(Keys.Jwk(host.Key, "ck-2")));
        ras.Clock.Advance(TimeSpan.FromSeconds(5));
        (await With("ck-2")).AssertIssued();
        (await With("ck-1")).AssertRefused(401, "invalid_client");
        Assert.Equal(2, host.CountOf("/rotating"));
    }

    [Fact, Trait("Spec", "CIMD-14"), Trait("Spec", "SEC-15")]
    public async Task Uses_published_keys_for_a_day_while_they_are_away_and_then_fails_closed()
    {
        host.On("/failing", ClientHost.KeySet(Keys.Jwk(host.Key, "ck-1")));
        await using var ras = await StartAsync(options => options.Clients.Add(new IdJagClient { ClientId = "cl_away", JwksUri = host.Url + "/failing" }));
        Task<Answer> RedeemAsync() => SendAsync(ras, ClientHost.Assertion(host.Key, "cl_away", now: ras.Clock.GetUtcNow()), idJag: IdJagFor("cl_away", ras));
        (await RedeemAsync()).AssertIssued();

        host.On("/failing", http =>
        {
            http.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        ras.Clock.Advance(TimeSpan.FromHours(23));
        (await RedeemAsync()).AssertIssued();
        Assert.Contains(ras.Logs, line => line.StartsWith("1015", StringComparison.Ordinal) && line.Contains("/failing", StringComparison.Ordinal));
        ras.Clock.Advance(TimeSpan.FromHours(1));
        (await RedeemAsync()).AssertRefused(401, "invalid_client", "client authentication failed");

        host.On("/failing", ClientHost.KeySet(Keys.Jwk(host.Key, "ck-1")));
        ras.Clock.Advance(TimeSpan.FromSeconds(61));
        (await RedeemAsync()).AssertIssued();
    }

    [Theory, InlineData("away", "not 200"), InlineData("private", "private members"), InlineData("empty", "no published key"), InlineData("junk", "not one JSON object"), InlineData("metadata-service", "no address")]
    [Trait("Spec", "CIMD-14"), Trait("Spec", "CIMD-06"), Trait("Spec", "SEC-16")]
    public async Task Takes_no_keys_that_are_not_fit_to_be_published(string what, string reason)
    {
        var leaked = Keys.Jwk(host.Key, "ck-1");
        leaked["d"] = "AAAA";
        host.On("/private", ClientHost.KeySet(leaked));
        host.On("/empty", ClientHost.KeySet());
        host.On("/junk", JsonNode.Parse("[]")!);
        var address = what is "metadata-service" ? "https://169.254.169.254/keys" : $"{host.Url}/{what}";
        await using var ras = await StartAsync(options => options.Clients.Add(new IdJagClient { ClientId = "cl_away", JwksUri = address }));

        (await SendAsync(ras, ClientHost.Assertion(host.Key, "cl_away"), idJag: IdJagFor("cl_away"))).AssertRefused(401, "invalid_client", "client authentication failed");
        Assert.Contains(ras.Logs, line => line.StartsWith("1009", StringComparison.Ordinal) && line.Contains(reason, StringComparison.Ordinal));
    }

    [Fact, Trait("Spec", "SEC-14")]
    public async Task Fetches_no_keys_for_an_assertion_that_is_hopeless()
    {
        host.On("/unasked", ClientHost.KeySet(Keys.Jwk(host.Key, "ck-1")));
        await using var ras = await StartAsync(options => options.Clients.Add(new IdJagClient { ClientId = "cl_away", JwksUri = host.Url + "/unasked" }));
        var assertion = ClientHost.Assertion(host.Key, "cl_away");
        assertion.Header["alg"] = "HS256";

        (await SendAsync(ras, assertion)).AssertRefused(401, "invalid_client");
        Assert.Equal(0, host.CountOf("/unasked"));
    }

    [Fact, Trait("Spec", "POP-15"), Trait("Spec", "RAS-22"), Trait("Spec", "SEC-20")]
    public async Task Takes_an_assertion_again_that_came_with_a_proof_without_the_nonce()
    {
        await using var ras = await StartAsync(options => options.Dpop.RequireNonce = true, trust => trust.Reuse = IdJagReuse.SingleUse);
        using var prover = new Prover();
        var (assertion, idJag, proof) = (Assertion().Encode(), IdJagFor(Signer), prover.Proof());
        Task<Answer> SendProvingAsync() => ras.SendAsync(null, [.. Grant(idJag), ("client_assertion_type", AssertionType), ("client_assertion", assertion)],
            request => request.Headers.Add("DPoP", proof.Encode()));

        var challenge = await SendProvingAsync();
        challenge.AssertRefused(400, "use_dpop_nonce");
        proof.Claims["nonce"] = challenge.Header("DPoP-Nonce");
        Assert.Equal("DPoP", (string?)(await SendProvingAsync()).AssertIssued().Json["token_type"]);
        (await SendProvingAsync()).AssertRefused(401, "invalid_client");
    }

    private static JsonWebKeySet Set(ECDsa key, string kid) => Set(ClientHost.KeySet(Keys.Jwk(key, kid)));

    private static JsonWebKeySet Set(JsonObject set) => JsonWebKeySet.TryParse(Encoding.UTF8.GetBytes(set.ToJsonString()))!;

    private Draft Assertion() => ClientHost.Assertion(host.Key, Signer);

    private Draft IdJagFor(string clientId, Ras? ras = null)
    {
        var idJag = broker.IdJag(ras?.Clock.GetUtcNow());
        idJag.Claims["client_id"] = clientId;
        return idJag;
    }

    private static (string, string)[] Grant(Draft idJag) => [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", idJag.Encode())];

    private Task<Answer> SendAsync(Ras ras, Draft assertion, string? clientId = null, Draft? idJag = null)
    {
        (string, string)[] form = [.. Grant(idJag ?? IdJagFor(Signer)), ("client_assertion_type", AssertionType), ("client_assertion", assertion.Encode())];
        return ras.SendAsync(null, clientId is null ? form : [.. form, ("client_id", clientId)]);
    }

    private Task<Ras> StartAsync(Action<IdJagAuthorizationServerOptions>? configure = null, Action<TrustedIssuer>? trust = null, Action<IdJagAuthorizationServerBuilder>? build = null) => Ras.StartAsync(broker, new RasSetup
    {
        Configure = options =>
        {
            options.Clients.Add(new IdJagClient { ClientId = Signer, Keys = Set(host.Key, "ck-1") });
            configure?.Invoke(options);
        },
        Trust = trust ?? (_ => { }),
        Build = build ?? (_ => { }),
    });

    private sealed class NoGuard : IReplayGuard
    {
        public ValueTask<bool> TryUseAsync(IdJagUse use, CancellationToken ct) => throw new InvalidOperationException("the store is away");
        public ValueTask ReturnAsync(IdJagUse use, CancellationToken ct) => default;
    }
}
