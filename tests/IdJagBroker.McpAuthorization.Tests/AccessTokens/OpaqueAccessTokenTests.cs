using IdJagBroker.McpAuthorization.Tests.Support;

namespace IdJagBroker.McpAuthorization.Tests.AccessTokens;

/// <summary>Access tokens that say nothing (AT-16): to the MCP server of the same application they are as good as any.</summary>
public sealed class OpaqueAccessTokenTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>, IAsyncLifetime
{
    private Ras _ras = null!;

    public async ValueTask InitializeAsync() => _ras = await RecordingRas.StartAsync(broker, AccessTokenFormat.Opaque, trust: trust => trust.AccessTokenClaims = ["email"]);

    public ValueTask DisposeAsync() => _ras.DisposeAsync();

    [Fact, Trait("Spec", "AT-16"), Trait("Spec", "AT-11")]
    public async Task Is_256_random_bits_and_calls_tools()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _ras.RedeemAsync(broker.IdJag())));
        Assert.Equal(20, answers.Select(answer => answer.AssertIssued().AccessToken).Distinct().Count());
        Assert.All(answers, answer => Assert.Matches("^[A-Za-z0-9_-]{43}$", answer.AccessToken));
        Assert.Equal(("Bearer", 600, "tickets:read tickets:comment"), ((string)answers[0].Json["token_type"]!, (int)answers[0].Json["expires_in"]!, (string)answers[0].Json["scope"]!));

        var called = await _ras.CallAsync("Bearer " + answers[0].AccessToken, Ras.Call("tickets.list"));
        Assert.Equal((200, "tickets:read tickets:comment", Ras.Client, Ras.Resource), (called.Status, (string)called.Json["scope"]!, (string)called.Json["client_id"]!, (string)called.Json["aud"]!));
        Assert.Equal(403, (await _ras.CallAsync("Bearer " + answers[0].AccessToken, Ras.Call("tickets.purge"))).Status);
    }

    [Fact, Trait("Spec", "AT-16"), Trait("Spec", "RS-10")]
    public async Task Ends_when_it_expires()
    {
        var token = await _ras.TokenAsync(broker.IdJag());
        _ras.Clock.Advance(TimeSpan.FromSeconds(599));
        Assert.Equal(200, await _ras.CallAsync(token));
        _ras.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(401, await _ras.CallAsync(token));
    }

    [Theory, Trait("Spec", "RS-10"), InlineData("other resource"), InlineData("nobody's"), InlineData("the hash")]
    public async Task Is_good_for_one_server_and_as_it_was_issued(string which)
    {
        var idJag = broker.IdJag();
        if (which is "other resource") (idJag.Claims["resource"], idJag.Claims["scope"]) = ("https://mcp.trackr.example/other", "tickets:read");
        var token = await _ras.TokenAsync(idJag);
        if (which is "nobody's") token = Prover.Hash("nobody's");
        if (which is "the hash") token = "at-" + Prover.Hash(token);        // what a thief of the store has
        Assert.Equal(401, await _ras.CallAsync(token));
    }

    [Fact, Trait("Spec", "AT-10"), Trait("Spec", "RS-17")]
    public async Task Is_bound_to_the_key_of_its_client()
    {
        using var prover = new Prover();
        using var thief = new Prover();
        var answer = (await _ras.RedeemAsync(broker.IdJag(), prover.Proof())).AssertIssued();
        Assert.Equal("DPoP", (string?)answer.Json["token_type"]);
        Assert.Equal(200, (await _ras.CallToolAsync(answer.AccessToken, prover.CallProof(answer.AccessToken).Encode())).Status);
        Assert.Equal(401, (await _ras.CallToolAsync(answer.AccessToken, thief.CallProof(answer.AccessToken).Encode())).Status);
        Assert.Equal(401, await _ras.CallAsync(answer.AccessToken));
    }

    [Fact, Trait("Spec", "RS-15")]
    public async Task Knows_how_the_person_signed_in()
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup
        {
            Configure = options => options.AccessTokenFormat = AccessTokenFormat.Opaque,
            Mcp = options => options.AllowTool("pay").RequireSignIn("pay", ["phr"], TimeSpan.FromMinutes(5)),
        });
        foreach (var (acr, age, status) in new[] { ("phr", 60, 200), ("pwd", 60, 401), ("phr", 400, 401) })
        {
            var idJag = broker.IdJag();
            (idJag.Claims["acr"], idJag.Claims["auth_time"]) = (acr, ManualClock.T0.ToUnixTimeSeconds() - age);
            Assert.Equal(status, (await ras.CallAsync("Bearer " + await ras.TokenAsync(idJag), Ras.Call("pay"))).Status);
        }
    }

    [Fact, Trait("Spec", "AT-16")]
    public async Task A_server_of_jwts_takes_none()
    {
        await using var ras = await RecordingRas.StartAsync(broker);
        Assert.Equal(401, await ras.CallAsync(Prover.Hash("x")));
        Assert.Equal("""{"active":false}""", (await ras.IntrospectAsync(Prover.Hash("x"))).Body);
    }
}
