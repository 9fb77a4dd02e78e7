using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Protocol;
using IdJagBroker.Shared;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Dpop;

/// <summary>Proofs of possession at the broker's token endpoint (requirements §8): one accepted, then each check broken alone.</summary>
public sealed class DpopProofTests(BrokerFixture broker, BrokerPostgres postgres) : IClassFixture<BrokerFixture>, IDisposable
{
    private readonly ProofMaker _proofs = new(broker.Issuer);

    public void Dispose() => _proofs.Dispose();

    private Task<TokenAnswer> ExchangeAsync(string proof, params (string Name, string? Value)[] changes) =>
        broker.Token.SendAsync(TokenClient.With(broker.Token.Form(), changes), request => request.Headers.TryAddWithoutValidation("DPoP", proof));

    private List<KeyValuePair<string, string>> ByAssertion(string assertion) => TokenClient.With(
        broker.Token.Form(broker.Idp.IdToken("editor-at-okta")),
        ("client_id", null), ("client_secret", null), ("client_assertion", assertion), ("client_assertion_type", TokenType.ClientAssertion));

    private Task<TokenAnswer> ExchangeAsync(string proof, string assertion) =>
        broker.Token.SendAsync(ByAssertion(assertion), request => request.Headers.TryAddWithoutValidation("DPoP", proof));

    private async Task RefusesAsync(string proof, string detail)
    {
        var answer = await ExchangeAsync(proof);
        answer.IsRefused("invalid_dpop_proof");
        var row = await broker.ExplainAsync(answer);
        Assert.Equal(("idjag.denied", "DPOP_PROOF_INVALID", detail), ((string?)row["type"], (string?)row["reason"], (string?)row["data"]!["detail"]));
        Assert.False((bool?)row["data"]!["facts"]!["dpop"]);
    }

    private Task RefusesAsync(Action<JsonObject, JsonObject> change, string detail) => RefusesAsync(_proofs.Make(change), detail);

    [Fact, Trait("Spec", "POP-04"), Trait("Spec", "POP-05"), Trait("Spec", "POP-06"), Trait("Spec", "JAG-26")]
    public async Task Binds_the_ID_JAG_to_the_key_and_still_says_N_A()
    {
        var answer = (await ExchangeAsync(_proofs.Make())).IsGranted();

        Assert.Equal($$"""{"jkt":"{{_proofs.Thumbprint}}"}""", answer.IdJag["cnf"]!.ToJsonString());
        Assert.Equal("N_A", (string?)answer.Body!["token_type"]);
        Assert.False(answer.Headers.Contains("DPoP-Nonce"));
    }

    [Fact, Trait("Spec", "JAG-26")]
    public async Task Binds_nothing_without_a_proof() => Assert.False((await broker.Token.ExchangeAsync()).IsGranted().IdJag.ContainsKey("cnf"));

    [Fact, Trait("Spec", "IDP-53")]
    public async Task Records_that_the_key_was_proved_and_which()
    {
        var bound = Assert.Single(await broker.AuditAsync($"jti={(await ExchangeAsync(_proofs.Make())).IsGranted().IdJag["jti"]}"))!["data"]!;
        Assert.Equal((true, _proofs.Thumbprint), ((bool)bound["facts"]!["dpop"]!, (string?)bound["facts"]!["jkt"]));
        Assert.Equal(_proofs.Thumbprint, (string?)bound["claims"]!["cnf"]!["jkt"]);

        var plain = Assert.Single(await broker.AuditAsync($"jti={(await broker.Token.ExchangeAsync()).IsGranted().IdJag["jti"]}"))!["data"]!;
        Assert.Equal((false, null), ((bool)plain["facts"]!["dpop"]!, (string?)plain["facts"]!["jkt"]));

        var denied = await broker.ExplainAsync(await ExchangeAsync(_proofs.Make(), ("scope", "tickets:admin")));
        Assert.Equal((true, _proofs.Thumbprint), ((bool)denied["data"]!["facts"]!["dpop"]!, (string?)denied["data"]!["facts"]!["jkt"]));
    }

    [Fact, Trait("Spec", "POP-01")]
    public async Task Refuses_a_second_header_line()
    {
        var (first, second) = (_proofs.Make(), _proofs.Make());

        Assert.Contains("200 OK", await RawAsync(first), StringComparison.Ordinal);
        var refused = await RawAsync(second, _proofs.Make());
        Assert.Contains("400 Bad Request", refused, StringComparison.Ordinal);
        Assert.Contains("invalid_dpop_proof", refused, StringComparison.Ordinal);
    }

    [Theory, Trait("Spec", "POP-01"), Trait("Spec", "POP-05")]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("x.y.z")]
    [InlineData("{0}, {1}")]
    [InlineData("{0} {1}")]
    [InlineData("DPoP {0}")]
    public async Task Refuses_a_header_that_is_not_one_JWT(string format) =>
        await RefusesAsync(string.Format(null, format, _proofs.Make(), _proofs.Make()), "Malformed");

    [Theory, Trait("Spec", "POP-02"), Trait("Spec", "POP-05")]
    [InlineData("typ", null, "TypeWrong")]
    [InlineData("typ", "JWT", "TypeWrong")]
    [InlineData("alg", "none", "AlgorithmNotAllowed")]
    [InlineData("alg", "HS256", "AlgorithmNotAllowed")]
    [InlineData("alg", "RS256", "KeyUnfit")]
    [InlineData("jwk", null, "KeyMissing")]
    [InlineData("jwk", "x", "KeyUnusable")]
    [InlineData("jku", "https://evil.example/jwks", "Malformed")]
    public async Task Refuses_a_wrong_header(string member, string? value, string detail) =>
        await RefusesAsync((header, _) => { header.Remove(member); if (value is not null) header[member] = value; }, detail);

    [Theory, Trait("Spec", "POP-02"), Trait("Spec", "POP-05")]
    [InlineData("jti", "JwtIdMalformed")]
    [InlineData("htm", "MethodMalformed")]
    [InlineData("htu", "UriMalformed")]
    [InlineData("iat", "TimeMalformed")]
    public async Task Refuses_a_proof_without_a_claim(string claim, string detail) => await RefusesAsync((_, claims) => claims.Remove(claim), detail);

    [Fact, Trait("Spec", "POP-02"), Trait("Spec", "POP-05")]
    public async Task Refuses_a_key_that_was_given_away_and_a_signature_by_another()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        await RefusesAsync((header, _) => header["jwk"]!["d"] = _proofs.D, "KeyPrivate");
        await RefusesAsync(_proofs.Make(signer: other), "SignatureInvalid");
    }

    [Theory, Trait("Spec", "POP-03"), Trait("Spec", "POP-05")]
    [InlineData("GET")]
    [InlineData("post")]
    public async Task Refuses_a_proof_for_another_method(string htm) => await RefusesAsync((_, claims) => claims["htm"] = htm, "MethodMismatch");

    [Fact, Trait("Spec", "POP-03"), Trait("Spec", "POP-05")]
    public async Task Refuses_a_proof_that_was_made_for_another_server()
    {
        await RefusesAsync((_, claims) => claims["htu"] = TestPolicies.TrackrIssuer + "/oauth2/token", "UriMismatch");
        await RefusesAsync((_, claims) => claims["htu"] = broker.Issuer + "/authorize", "UriMismatch");
        await RefusesAsync((_, claims) => claims["htu"] = broker.Issuer, "UriMismatch");
        await RefusesAsync((_, claims) => claims["htu"] = new Uri(broker.Management, "/oauth2/token").ToString(), "UriMismatch");
    }

    [Fact, Trait("Spec", "POP-03")]
    public async Task Compares_the_URI_after_normalisation_and_without_its_query()
    {
        var port = new Uri(broker.Issuer).Port;
        foreach (var htu in new[] { $"HTTP://127.0.0.1:{port}/a/../%6fauth2/token", $"{_proofs.TokenEndpoint}?tenant=x#y" })
            (await ExchangeAsync(_proofs.Make((_, claims) => claims["htu"] = htu))).IsGranted();
    }

    [Fact, Trait("Spec", "POP-03")]
    public async Task Knows_its_own_name_whatever_a_request_says()
    {
        void AsEvil(HttpRequestMessage request, string proof)
        {
            request.Headers.Host = "evil.example";
            request.Headers.Add("X-Forwarded-Host", "evil.example");
            request.Headers.Add("X-Forwarded-Proto", "https");
            request.Headers.Add("Forwarded", "host=evil.example;proto=https");
            request.Headers.Add("DPoP", proof);
        }

        (await broker.Token.SendAsync(broker.Token.Form(), request => AsEvil(request, _proofs.Make()))).IsGranted();
        foreach (var scheme in new[] { "http", "https" })
        {
            var forEvil = _proofs.Make((_, claims) => claims["htu"] = $"{scheme}://evil.example/oauth2/token");
            (await broker.Token.SendAsync(broker.Token.Form(), request => AsEvil(request, forEvil))).IsRefused("invalid_dpop_proof");
        }
    }

    [Fact, Trait("Spec", "POP-03")]
    public async Task Speaks_of_its_public_URL_behind_a_proxy()
    {
        // What a proxy in front is called; the process itself listens on loopback.
        await using var behind = new BrokerFixture(postgres);
        await behind.StartAsync(["--Broker:Issuer=https://idjag.acme.example/eu"]);
        using var onPublic = new ProofMaker("https://idjag.acme.example/eu");
        using var onLoopback = new ProofMaker(behind.Issuer + "/eu");
        Task<TokenAnswer> SendAsync(string proof) => behind.Token.SendAsync(behind.Token.Form(), request =>
        {
            request.RequestUri = new Uri(behind.Issuer + "/eu/oauth2/token");
            request.Headers.Add("DPoP", proof);
        });

        (await SendAsync(onPublic.Make())).IsGranted();
        (await SendAsync(onLoopback.Make())).IsRefused("invalid_dpop_proof");
    }

    [Theory, Trait("Spec", "POP-14"), Trait("Spec", "POP-05")]
    [InlineData(-310, "TooOld")]
    [InlineData(310, "InFuture")]
    public async Task Refuses_a_proof_that_is_not_of_now(int seconds, string detail) =>
        await RefusesAsync((_, claims) => claims["iat"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + seconds, detail);

    [Theory, Trait("Spec", "POP-14")]
    [InlineData(-290)]
    [InlineData(290)]
    public async Task Takes_a_proof_within_five_minutes(int seconds) =>
        (await ExchangeAsync(_proofs.Make((_, claims) => claims["iat"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + seconds))).IsGranted();

    [Fact, Trait("Spec", "POP-14")]
    public async Task Uses_a_proof_once_whichever_request_brings_it()
    {
        var proof = _proofs.Make();
        (await ExchangeAsync(proof)).IsGranted();
        var answer = await ExchangeAsync(proof, broker.Token.Assertion());

        answer.IsRefused("invalid_dpop_proof");
        Assert.Equal("the proof was used before", (string?)(await broker.ExplainAsync(answer))["data"]!["detail"]);
    }

    [Fact, Trait("Spec", "POP-14")]
    public async Task Remembers_the_jti_and_not_the_text()
    {
        var jwtId = Guid.NewGuid().ToString("N");
        var normal = _proofs.Make((_, claims) => claims["jti"] = jwtId);
        var spelled = _proofs.Make((_, claims) => (claims["jti"], claims["htu"]) = (jwtId, _proofs.TokenEndpoint + "?again"));

        (await ExchangeAsync(normal)).IsGranted();
        (await ExchangeAsync(spelled)).IsRefused("invalid_dpop_proof");
    }

    [Fact, Trait("Spec", "POP-14")]
    public async Task Counts_the_use_of_a_proof_in_a_refused_exchange()
    {
        var proof = _proofs.Make();

        (await ExchangeAsync(proof, ("scope", "tickets:admin"))).IsRefused("invalid_scope");
        var again = await ExchangeAsync(proof, ("scope", "tickets:admin"));
        again.IsRefused("invalid_dpop_proof");
        Assert.Equal("""["dpop_proof"]""", (await broker.ExplainAsync(again))["data"]!["replayed"]!.ToJsonString());
        (await ExchangeAsync(proof)).IsRefused("invalid_dpop_proof");
    }

    [Fact, Trait("Spec", "POP-14"), Trait("Spec", "SEC-20")]
    public async Task Tells_a_used_assertion_from_a_used_proof()
    {
        var (assertion, proof) = (broker.Token.Assertion(), _proofs.Make());
        (await ExchangeAsync(proof, assertion)).IsGranted();

        await IsReplayAsync(await ExchangeAsync(_proofs.Make(), assertion), "invalid_client", "client_assertion");
        await IsReplayAsync(await ExchangeAsync(proof, broker.Token.Assertion()), "invalid_dpop_proof", "dpop_proof");
        await IsReplayAsync(await ExchangeAsync(proof, assertion), "invalid_client", "client_assertion");

        async Task IsReplayAsync(TokenAnswer answer, string error, string replayed)
        {
            Assert.Equal(error, answer.Error);
            Assert.Equal($"[\"{replayed}\"]", (await broker.ExplainAsync(answer))["data"]!["replayed"]!.ToJsonString());
        }
    }

    [Fact, Trait("Spec", "POP-14")]
    public async Task Keeps_the_names_of_assertions_and_proofs_apart()
    {
        var jwtId = Guid.NewGuid().ToString("N");

        (await ExchangeAsync(_proofs.Make((_, claims) => claims["jti"] = jwtId), broker.Token.Assertion((_, claims) => claims["jti"] = jwtId))).IsGranted();
    }

    [Fact, Trait("Spec", "POP-14")]
    public async Task Lets_one_of_twenty_parallel_uses_succeed()
    {
        for (var round = 0; round < 5; round++)
        {
            var proof = _proofs.Make();
            var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
                i % 2 is 0 ? ExchangeAsync(proof) : ExchangeAsync(proof, broker.Token.Assertion())));

            Assert.Single(answers, answer => answer.Status is HttpStatusCode.OK);
            Assert.Equal(19, answers.Count(answer => answer.Error is "invalid_dpop_proof"));
        }
    }

    [Fact, Trait("Spec", "POP-14")]
    public async Task Lets_one_of_many_uses_at_two_replicas_succeed()
    {
        await using var replica = await broker.StartReplicaAsync();
        Task<TokenAnswer> AtReplicaAsync(string proof) => broker.Token.SendAsync(broker.Token.Form(), request =>
        {
            request.RequestUri = new Uri(replica.Url + "/oauth2/token");
            request.Headers.Add("DPoP", proof);
        });
        for (var round = 0; round < 5; round++)
        {
            var proof = _proofs.Make();
            var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => i % 2 is 0 ? ExchangeAsync(proof) : AtReplicaAsync(proof)));

            Assert.Single(answers, answer => answer.Status is HttpStatusCode.OK);
            Assert.Equal(19, answers.Count(answer => answer.Error is "invalid_dpop_proof"));
        }
    }

    [Fact, Trait("Spec", "META-11")]
    public async Task Announces_the_algorithms_that_it_takes()
    {
        var document = JsonNode.Parse(await broker.Http.GetStringAsync(broker.Issuer + "/.well-known/oauth-authorization-server"))!;

        Assert.Equal("""["ES256","ES384","RS256","PS256"]""", document["dpop_signing_alg_values_supported"]!.ToJsonString());
    }

    [Fact, Trait("Spec", "SEC-05")]
    public async Task Takes_no_other_token_for_a_proof_and_a_proof_for_no_other_token()
    {
        var idJag = (string)(await broker.Token.ExchangeAsync()).IsGranted().Body!["access_token"]!;
        foreach (var other in new[] { idJag, broker.IdToken(), broker.Token.Assertion() })
            (await ExchangeAsync(other)).IsRefused("invalid_dpop_proof");

        (await broker.Token.ExchangeAsync(("subject_token", _proofs.Make()))).IsRefused("invalid_grant");
        (await broker.Token.ExchangeByAssertionAsync(_proofs.Make())).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        // All that a client assertion holds, by the client's own registered key: only its header says what it is.
        var disguised = broker.Token.Assertion((header, claims) =>
        {
            (header["typ"], header["jwk"]) = ("dpop+jwt", TestIdp.Jwk(broker.ClientKey, "editor-1"));
            (claims["htm"], claims["htu"]) = ("POST", _proofs.TokenEndpoint);
        });
        (await broker.Token.ExchangeByAssertionAsync(disguised)).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
    }

    [Fact, Trait("Spec", "SEC-27")]
    public async Task Examines_the_client_and_the_grant_before_the_proof()
    {
        (await ExchangeAsync("x", ("client_secret", "wrong"))).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        (await ExchangeAsync("x", ("grant_type", "client_credentials"))).IsRefused("unsupported_grant_type");
        (await ExchangeAsync("x", ("grant_type", null))).IsRefused("invalid_request");
        (await ExchangeAsync("x", ("audience", null))).IsRefused("invalid_dpop_proof");
        (await ExchangeAsync("x", ("subject_token", "x"))).IsRefused("invalid_dpop_proof");
    }

    private async Task<string> RawAsync(params string[] proofs)
    {
        using var body = new FormUrlEncodedContent(broker.Token.Form());
        var content = await body.ReadAsByteArrayAsync();
        var uri = new Uri(broker.Issuer);
        using var socket = new TcpClient();
        await socket.ConnectAsync(uri.Host, uri.Port);
        await using var stream = socket.GetStream();
        var head = $"POST /oauth2/token HTTP/1.1\r\nHost: {uri.Authority}\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            + $"Content-Length: {content.Length}\r\n{string.Concat(proofs.Select(proof => $"DPoP: {proof}\r\n"))}\r\n";
        await stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. content]);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }
}
