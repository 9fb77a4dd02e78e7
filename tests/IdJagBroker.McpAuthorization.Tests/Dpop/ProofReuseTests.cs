using IdJagBroker.McpAuthorization.Tests.Support;
using IdJagBroker.Protocol;

namespace IdJagBroker.McpAuthorization.Tests.Dpop;

/// <summary>A proof is good once (POP-14), and the nonce that a server may ask for (POP-15).</summary>
public sealed class ProofReuseTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>, IDisposable
{
    private static readonly byte[] NonceKey = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private readonly Prover _prover = new();

    public void Dispose() => _prover.Dispose();

    private static RasSetup WithNonces(byte[]? key = null) => new()
    {
        Trust = trust => trust.Reuse = IdJagReuse.SingleUse,
        Configure = options => (options.Dpop.RequireNonce, options.Dpop.NonceKey) = (true, key),
        Mcp = options => (options.Dpop.RequireNonce, options.Dpop.NonceKey) = (true, key),
    };

    private Draft WithNonce(string? nonce)
    {
        var proof = _prover.Proof();
        proof.Claims["nonce"] = nonce;
        return proof;
    }

    private static string NonceOf(Answer answer) => answer.Header("DPoP-Nonce")!;

    [Fact, Trait("Spec", "POP-14")]
    public async Task Takes_a_proof_once()
    {
        await using var ras = await Ras.StartAsync(broker);
        var proof = _prover.Proof();
        var idJag = broker.IdJag();

        (await ras.RedeemAsync(idJag, proof)).AssertIssued();
        (await ras.RedeemAsync(idJag, proof)).AssertRefused(400, "invalid_dpop_proof", "the DPoP proof is not valid");
        (await ras.RedeemAsync(broker.IdJag(), proof)).AssertRefused(400, "invalid_dpop_proof");
        (await ras.RedeemAsync(idJag, _prover.Proof())).AssertIssued();
        Assert.Contains(ras.Logs, line => line.Contains("DPOP_PROOF_INVALID the proof was used before", StringComparison.Ordinal));
    }

    [Theory, InlineData(-300, 0), InlineData(0, 300), InlineData(300, 600), Trait("Spec", "POP-14")]
    public async Task Remembers_a_proof_as_long_as_it_could_be_taken(int madeAt, int secondsLater)
    {
        await using var ras = await Ras.StartAsync(broker);
        var proof = _prover.Proof(ManualClock.T0.AddSeconds(madeAt));

        (await ras.RedeemAsync(broker.IdJag(), proof)).AssertIssued();
        ras.Clock.Advance(TimeSpan.FromSeconds(secondsLater));
        (await ras.RedeemAsync(broker.IdJag(ras.Clock.GetUtcNow()), proof)).AssertRefused(400, "invalid_dpop_proof");
        Assert.Contains(ras.Logs, line => line.Contains("the proof was used before", StringComparison.Ordinal));
    }

    [Fact, Trait("Spec", "POP-14")]
    public async Task Lets_one_of_twenty_parallel_uses_succeed()
    {
        await using var ras = await Ras.StartAsync(broker);
        for (var round = 0; round < 5; round++)
        {
            var proof = _prover.Proof().Encode();
            var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ras.RedeemAsync(broker.IdJag().Encode(), proof)));

            Assert.Equal(1, answers.Count(answer => answer.Status is 200));
            Assert.Equal(19, answers.Count(answer => answer.Status is 400));
        }
    }

    [Fact, Trait("Spec", "POP-14"), Trait("Spec", "RAS-21")]
    public async Task Keeps_the_names_of_id_jags_and_proofs_apart()
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Trust = trust => trust.Reuse = IdJagReuse.SingleUse });
        var (idJag, proof) = (broker.IdJag(), _prover.Proof());
        proof.Claims["jti"] = (string?)idJag.Claims["jti"];

        (await ras.RedeemAsync(idJag, proof)).AssertIssued();
        (await ras.RedeemAsync(idJag, _prover.Proof())).AssertRefused(400, "invalid_grant", "the assertion has already been used");
    }

    // Who has no ID-JAG of its own cannot fill the memory, nor use up somebody's proof.
    [Fact, Trait("Spec", "POP-14"), Trait("Spec", "SEC-31")]
    public async Task Remembers_no_proof_that_came_with_a_bad_assertion()
    {
        await using var ras = await Ras.StartAsync(broker);
        var proof = _prover.Proof().Encode();

        (await ras.RedeemAsync("x", proof)).AssertRefused(400, "invalid_grant");
        (await ras.RedeemAsync(broker.IdJag().Encode(), proof)).AssertIssued();
    }

    [Fact, Trait("Spec", "POP-14"), Trait("Spec", "RAS-24"), Trait("Spec", "RAS-22")]
    public async Task Answers_503_while_nobody_can_tell_whether_a_proof_was_used()
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Build = server => server.UseReplayGuard<AbsentGuard>() });

        (await ras.RedeemAsync(broker.IdJag(), _prover.Proof())).AssertRefused(503, "temporarily_unavailable");
        (await ras.RedeemAsync(broker.IdJag())).AssertIssued();             // nothing to be counted
    }

    [Fact, Trait("Spec", "POP-15"), Trait("Spec", "RAS-22")]
    public async Task Challenges_a_proof_without_the_nonce_and_takes_the_same_assertion_on_the_retry()
    {
        await using var ras = await Ras.StartAsync(broker, WithNonces());
        var (idJag, proof) = (broker.IdJag(), _prover.Proof());

        var challenge = await ras.RedeemAsync(idJag, proof);
        challenge.AssertRefused(400, "use_dpop_nonce", "the DPoP proof must carry the nonce of this answer");
        proof.Claims["nonce"] = NonceOf(challenge);                         // the same jti: it was not used either
        var retry = (await ras.RedeemAsync(idJag, proof)).AssertIssued();
        Assert.Equal("DPoP", (string?)retry.Json["token_type"]);
        (await ras.RedeemAsync(broker.IdJag(), WithNonce(NonceOf(retry)))).AssertIssued();
        (await ras.RedeemAsync(broker.IdJag(), proof)).AssertRefused(400, "invalid_dpop_proof");
        (await ras.RedeemAsync(idJag, WithNonce(NonceOf(retry)))).AssertRefused(400, "invalid_grant", "the assertion has already been used");
    }

    // A client assertion is good once as well: it must not have been looked at.
    [Fact, Trait("Spec", "POP-15"), Trait("Spec", "RAS-22")]
    public async Task Asks_for_a_nonce_before_it_looks_at_the_client()
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup
        {
            Configure = options => options.Dpop.RequireNonce = true, Build = server => server.UseClientAuthenticator<OnceOnly>(),
        });
        OnceOnly.Seen = 0;

        var challenge = await ras.RedeemAsync(broker.IdJag(), _prover.Proof());
        challenge.AssertRefused(400, "use_dpop_nonce");
        Assert.Equal(0, OnceOnly.Seen);
        (await ras.RedeemAsync(broker.IdJag(), WithNonce(NonceOf(challenge)))).AssertIssued();
        (await ras.RedeemAsync(broker.IdJag(), WithNonce(NonceOf(challenge)))).AssertRefused(401, "invalid_client");
    }

    [Theory, InlineData("x"), InlineData("AAAAAAAAAAAAAAAAAAAAAA"), InlineData("é"), Trait("Spec", "POP-15")]
    public async Task Takes_no_nonce_of_anybody_else(string nonce)
    {
        await using var ras = await Ras.StartAsync(broker, WithNonces());

        var answer = await ras.RedeemAsync(broker.IdJag(), WithNonce(nonce));

        answer.AssertRefused(400, "use_dpop_nonce");
        (await ras.RedeemAsync(broker.IdJag(), WithNonce(NonceOf(answer)))).AssertIssued();
    }

    [Fact, Trait("Spec", "POP-15")]
    public async Task Forgets_a_nonce_after_two_slots()
    {
        await using var ras = await Ras.StartAsync(broker, WithNonces());
        async Task<Answer> SendAsync(string? nonce)
        {
            var proof = _prover.Proof(ras.Clock.GetUtcNow());
            proof.Claims["nonce"] = nonce;
            return await ras.RedeemAsync(broker.IdJag(ras.Clock.GetUtcNow()), proof);
        }
        var nonce = NonceOf(await SendAsync(null));

        ras.Clock.Advance(TimeSpan.FromMinutes(5));
        (await SendAsync(nonce)).AssertIssued();
        ras.Clock.Advance(TimeSpan.FromMinutes(5));
        (await SendAsync(nonce)).AssertRefused(400, "use_dpop_nonce");
    }

    [Fact, Trait("Spec", "POP-15")]
    public async Task Knows_the_nonces_of_a_replica_if_they_share_the_key()
    {
        await using var first = await Ras.StartAsync(broker, WithNonces(NonceKey));
        await using var second = await Ras.StartAsync(broker, WithNonces(NonceKey));
        await using var stranger = await Ras.StartAsync(broker, WithNonces());
        var nonce = NonceOf(await first.RedeemAsync(broker.IdJag(), _prover.Proof()));

        (await second.RedeemAsync(broker.IdJag(), WithNonce(nonce))).AssertIssued();
        (await stranger.RedeemAsync(broker.IdJag(), WithNonce(nonce))).AssertRefused(400, "use_dpop_nonce");
    }

    [Fact, Trait("Spec", "POP-15")]
    public async Task Calls_a_bad_proof_bad_and_asks_a_client_without_one_for_nothing()
    {
        await using var ras = await Ras.StartAsync(broker, WithNonces());
        var bad = _prover.Proof();
        bad.Claims["htm"] = "GET";

        var refused = await ras.RedeemAsync(broker.IdJag(), bad);
        refused.AssertRefused(400, "invalid_dpop_proof");
        Assert.NotEmpty(NonceOf(refused));
        Assert.Null((await ras.RedeemAsync(broker.IdJag())).AssertIssued().Header("DPoP-Nonce"));
    }

    [Fact, Trait("Spec", "POP-15")]
    public async Task Takes_no_nonce_of_its_mcp_server()
    {
        await using var ras = await Ras.StartAsync(broker, WithNonces(NonceKey));
        var challenge = await ras.RedeemAsync(broker.IdJag(), _prover.Proof());
        var token = (await ras.RedeemAsync(broker.IdJag(), WithNonce(NonceOf(challenge)))).AssertIssued().AccessToken;

        var call = await ras.CallToolAsync(token, _prover.CallProof(token).Encode());
        Assert.Equal(401, call.Status);
        (await ras.RedeemAsync(broker.IdJag(), WithNonce(NonceOf(call)))).AssertRefused(400, "use_dpop_nonce");
    }

    private sealed class OnceOnly : IClientAuthenticator
    {
        public static int Seen { get; set; }

        public ValueTask<OAuthResult<AuthenticatedClient>> AuthenticateAsync(ClientCredentials credentials, CancellationToken ct) => ValueTask.FromResult<OAuthResult<AuthenticatedClient>>(
            ++Seen is 1 ? new AuthenticatedClient(Ras.Client) : OAuthError.InvalidClient("used before"));
    }

    private sealed class AbsentGuard : IReplayGuard
    {
        public ValueTask<bool> TryUseAsync(IdJagUse use, CancellationToken ct) => throw new TimeoutException("redis is away");
        public ValueTask ReturnAsync(IdJagUse use, CancellationToken ct) => throw new TimeoutException("redis is away");
    }
}
