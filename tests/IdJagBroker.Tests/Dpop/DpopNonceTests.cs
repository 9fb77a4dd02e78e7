using IdJagBroker.Protocol;
using IdJagBroker.Shared;
using IdJagBroker.Tests.Storage;
using Npgsql;

namespace IdJagBroker.Tests.Dpop;

/// <summary>The server's nonce (RFC 9449 §8, POP-15) and the clients that must prove (POP-12), at brokers configured so.</summary>
public sealed class DpopNonceTests(BrokerPostgres postgres) : IAsyncLifetime
{
    private readonly BrokerFixture _broker = new(postgres);
    private ProofMaker _proofs = null!;

    public async ValueTask InitializeAsync()
    {
        await _broker.StartAsync(["--Dpop:RequireNonce=true"], changeCatalog: text =>
            text.Replace("clientIds: [retired]", "dpop: required\n    clientIds: [retired]", StringComparison.Ordinal).Replace("    enabled: false\n    subject", "    subject", StringComparison.Ordinal));
        _proofs = new ProofMaker(_broker.Issuer);
    }

    public async ValueTask DisposeAsync()
    {
        _proofs.Dispose();
        await _broker.DisposeAsync();
    }

    private Task<TokenAnswer> ExchangeAsync(string? proof, params (string Name, string? Value)[] changes) =>
        _broker.Token.SendAsync(TokenClient.With(_broker.Token.Form(), changes), request => { if (proof is not null) request.Headers.Add("DPoP", proof); });

    private Task<TokenAnswer> ByAssertionAsync(string proof, string assertion) => ExchangeAsync(proof,
        ("client_id", null), ("client_secret", null), ("client_assertion", assertion), ("client_assertion_type", TokenType.ClientAssertion),
        ("subject_token", _broker.Idp.IdToken("editor-at-okta")));

    private string WithNonce(string? nonce, string? jwtId = null) => _proofs.Make((_, claims) =>
    {
        claims["nonce"] = nonce;
        if (jwtId is not null) claims["jti"] = jwtId;
    });

    private static string NonceOf(TokenAnswer answer) => Assert.Single(answer.Headers.GetValues("DPoP-Nonce"));

    [Fact, Trait("Spec", "POP-15")]
    public async Task Challenges_a_proof_without_the_nonce_and_takes_the_retry()
    {
        var challenge = await ExchangeAsync(_proofs.Make());

        challenge.IsRefused("use_dpop_nonce");
        Assert.Equal("DPoP-Nonce", Assert.Single(challenge.Headers.GetValues("Access-Control-Expose-Headers")));
        var retry = (await ExchangeAsync(WithNonce(NonceOf(challenge)))).IsGranted();
        Assert.Equal(_proofs.Thumbprint, (string?)retry.IdJag["cnf"]!["jkt"]);
        (await ExchangeAsync(WithNonce(NonceOf(retry)))).IsGranted();
    }

    [Fact, Trait("Spec", "POP-15"), Trait("Spec", "RAS-22")]
    public async Task Uses_up_nothing_of_a_challenged_request()
    {
        var (assertion, jwtId) = (_broker.Token.Assertion(), Guid.NewGuid().ToString("N"));
        var challenge = await ByAssertionAsync(_proofs.Make((_, claims) => claims["jti"] = jwtId), assertion);
        challenge.IsRefused("use_dpop_nonce");
        Assert.Equal(0L, await ReplayKeysAsync());

        // The same assertion, and a proof of the same name: neither was used.
        var retry = WithNonce(NonceOf(challenge), jwtId);
        (await ByAssertionAsync(retry, assertion)).IsGranted();
        Assert.Equal(2L, await ReplayKeysAsync());
        (await ByAssertionAsync(retry, _broker.Token.Assertion())).IsRefused("invalid_dpop_proof");
        (await ByAssertionAsync(WithNonce(NonceOf(challenge)), assertion)).IsRefused("invalid_client", System.Net.HttpStatusCode.Unauthorized);
    }

    [Fact, Trait("Spec", "POP-15")]
    public async Task Records_the_challenge()
    {
        var row = await _broker.ExplainAsync(await ExchangeAsync(_proofs.Make()));

        Assert.Equal(("idjag.denied", "DPOP_NONCE", "use_dpop_nonce"), ((string?)row["type"], (string?)row["reason"], (string?)row["data"]!["error"]));
    }

    [Theory, Trait("Spec", "POP-15")]
    [InlineData("x")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("é\u0000")]
    public async Task Takes_no_nonce_of_anybody_else(string nonce)
    {
        var answer = await ExchangeAsync(WithNonce(nonce));

        if (nonce.Contains('\0', StringComparison.Ordinal)) answer.IsRefused("invalid_dpop_proof");
        else answer.IsRefused("use_dpop_nonce");
        (await ExchangeAsync(WithNonce(NonceOf(answer)))).IsGranted();
    }

    [Fact, Trait("Spec", "POP-02"), Trait("Spec", "POP-15")]
    public async Task Calls_a_bad_proof_bad_before_it_asks_for_a_nonce()
    {
        var answer = await ExchangeAsync(_proofs.Make((_, claims) => claims["htm"] = "GET"));

        answer.IsRefused("invalid_dpop_proof");
        Assert.NotEmpty(NonceOf(answer));
    }

    [Fact, Trait("Spec", "POP-15")]
    public async Task Gives_a_nonce_of_which_a_replica_knows()
    {
        await using var replica = await _broker.StartReplicaAsync();
        var proof = WithNonce(NonceOf(await ExchangeAsync(_proofs.Make())));

        (await _broker.Token.SendAsync(_broker.Token.Form(), request =>
        {
            request.RequestUri = new Uri(replica.Url + "/oauth2/token");
            request.Headers.Add("DPoP", proof);
        })).IsGranted();
    }

    [Fact, Trait("Spec", "POP-15")]
    public async Task Asks_a_client_without_a_proof_for_nothing()
    {
        var answer = (await ExchangeAsync(null)).IsGranted();

        Assert.False(answer.IdJag.ContainsKey("cnf"));
        Assert.False(answer.Headers.Contains("DPoP-Nonce"));
    }

    [Fact, Trait("Spec", "POP-12")]
    public async Task Refuses_a_client_that_must_prove_and_does_not()
    {
        (string, string?)[] asProver = [("client_id", "retired"), ("subject_token", _broker.Idp.IdToken("retired-at-okta"))];
        var answer = await ExchangeAsync(null, asProver);

        answer.IsRefused("invalid_request");
        Assert.Equal("DPOP_REQUIRED", (string?)(await _broker.ExplainAsync(answer))["reason"]);
        var nonce = NonceOf(await ExchangeAsync(_proofs.Make()));
        Assert.Equal(_proofs.Thumbprint, (string?)(await ExchangeAsync(WithNonce(nonce), asProver)).IsGranted().IdJag["cnf"]!["jkt"]);
    }

    private async Task<long> ReplayKeysAsync()
    {
        await using var connection = new NpgsqlConnection(_broker.ConnectionString);
        await connection.OpenAsync();
        await using var count = new NpgsqlCommand("select count(*) from replay_key", connection);
        return (long)(await count.ExecuteScalarAsync())!;
    }
}
