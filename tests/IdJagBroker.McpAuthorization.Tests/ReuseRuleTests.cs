using IdJagBroker.McpAuthorization.AccessTokens;
using IdJagBroker.McpAuthorization.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.McpAuthorization.Tests;

/// <summary>How often one ID-JAG may be redeemed (C-14; the catalogue's §13, "JB reuse").</summary>
public sealed class ReuseRuleTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>
{
    private static readonly RasSetup SingleUse = new() { Trust = trust => trust.Reuse = IdJagReuse.SingleUse };

    [Fact, Trait("Spec", "RAS-21"), Trait("Spec", "AT-08"), Trait("Spec", "AT-15")]
    public async Task Redeems_an_id_jag_again_until_it_expires()
    {
        await using var ras = await Ras.StartAsync(broker);
        var idJag = broker.IdJag();
        idJag.Claims["auth_time"] = 1795165075;

        var first = Draft.Payload((await ras.RedeemAsync(idJag)).AssertIssued().AccessToken);
        ras.Clock.Advance(TimeSpan.FromSeconds(200));
        var second = Draft.Payload((await ras.RedeemAsync(idJag)).AssertIssued().AccessToken);
        ras.Clock.Advance(TimeSpan.FromSeconds(161));
        var third = await ras.RedeemAsync(idJag);

        Assert.NotEqual((string?)first["jti"], (string?)second["jti"]);
        Assert.Equal((long)first["auth_time"]!, (long)second["auth_time"]!);
        third.AssertRefused(400, "invalid_grant", "the assertion is expired, not yet valid or too long-lived");
    }

    [Fact, Trait("Spec", "RAS-21")]
    public async Task Redeems_once_under_single_use_whoever_issued_the_same_jti()
    {
        await using var second = new LoopbackBroker();
        await second.InitializeAsync();
        await using var ras = await Ras.StartAsync(broker, new RasSetup
        {
            Trust = trust => trust.Reuse = IdJagReuse.SingleUse,
            Configure = options => options.TrustedIssuers.Add(new TrustedIssuer { Issuer = second.Issuer, Reuse = IdJagReuse.SingleUse }),
        });
        var idJag = broker.IdJag();
        var namesake = second.IdJag();
        namesake.Claims["jti"] = (string?)idJag.Claims["jti"];

        (await ras.RedeemAsync(idJag)).AssertIssued();
        (await ras.RedeemAsync(idJag)).AssertRefused(400, "invalid_grant", "the assertion has already been used");
        (await ras.RedeemAsync(namesake)).AssertIssued();
        (await ras.RedeemAsync(broker.IdJag())).AssertIssued();
    }

    [Fact, Trait("Spec", "RAS-21")]
    public async Task Remembers_a_used_id_jag_until_the_clock_skew_is_over()
    {
        await using var ras = await Ras.StartAsync(broker, SingleUse);
        var idJag = broker.IdJag();

        (await ras.RedeemAsync(idJag)).AssertIssued();
        ras.Clock.Advance(TimeSpan.FromSeconds(359));                      // expired, but still within the skew
        (await ras.RedeemAsync(idJag)).AssertRefused(400, "invalid_grant", "the assertion has already been used");
    }

    [Fact, Trait("Spec", "RAS-21")]
    public async Task Redeems_as_often_as_max_uses_says()
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Trust = trust => trust.Reuse = IdJagReuse.MaxUses(3) });
        var idJag = broker.IdJag();

        for (var use = 0; use < 3; use++) (await ras.RedeemAsync(idJag)).AssertIssued();
        (await ras.RedeemAsync(idJag)).AssertRefused(400, "invalid_grant", "the assertion has already been used");
    }

    [Fact, Trait("Spec", "RAS-21")]
    public async Task Gives_exactly_one_of_many_parallel_uses_a_token()
    {
        await using var ras = await Ras.StartAsync(broker, SingleUse);
        for (var round = 0; round < 5; round++)
        {
            var idJag = broker.IdJag().Encode();
            var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ras.RedeemAsync(idJag)));
            Assert.Equal(1, answers.Count(answer => answer.Status is 200));
            Assert.Equal(19, answers.Count(answer => answer.Status is 400));
        }
    }

    [Fact, Trait("Spec", "RAS-22")]
    public async Task Counts_no_use_that_ended_without_a_token()
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup
        {
            Trust = trust => trust.Reuse = IdJagReuse.SingleUse,
            Build = server =>
            {
                server.UseSubjectResolver<MoodyResolver>().UseAccessTokenIssuer<MoodyIssuer>().Services.AddSingleton<Mood>();
                server.Services.AddSingleton<JwtAccessTokenIssuer>();
            },
            Map = app => app.Services.GetRequiredService<Mood>().Steps = new Queue<string>(["deny", "throw", "no key"]),
        });
        var idJag = broker.IdJag();

        (await ras.SendAsync(Ras.Basic(Ras.Client, Ras.Secret), [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", idJag.Encode())],
            request => request.Headers.Add("DPoP", "x"))).AssertRefused(400, "invalid_dpop_proof");
        (await ras.RedeemAsync(idJag)).AssertRefused(400, "access_denied");
        (await ras.RedeemAsync(idJag)).AssertRefused(500, "server_error");
        (await ras.RedeemAsync(idJag)).AssertRefused(500, "server_error");
        (await ras.RedeemAsync(idJag, ("scope", "nothing"))).AssertRefused(400, "invalid_scope");
        (await ras.RedeemAsync(idJag, ("resource", "https://evil.example"))).AssertRefused(400, "invalid_target");
        (await ras.RedeemAsync(idJag)).AssertIssued();
        (await ras.RedeemAsync(idJag)).AssertRefused(400, "invalid_grant", "the assertion has already been used");
    }

    [Fact, Trait("Spec", "RAS-24")]
    public async Task Answers_503_while_the_guard_is_away()
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup
        {
            Trust = trust => trust.Reuse = IdJagReuse.SingleUse, Build = server => server.UseReplayGuard<AbsentGuard>(),
        });
        var answer = await ras.RedeemAsync(broker.IdJag());

        answer.AssertRefused(503, "temporarily_unavailable");
        Assert.Equal("5", answer.Header("Retry-After"));
        Assert.DoesNotContain("redis", answer.Body, StringComparison.Ordinal);
    }

    [Fact, Trait("Spec", "SEC-31")]
    public async Task Keeps_a_bounded_memory_that_forgets_the_expired_and_never_the_living()
    {
        var clock = new ManualClock();
        var guard = new InMemoryReplayGuard(clock, capacity: 2);
        var expiry = clock.GetUtcNow().AddSeconds(300);
        IdJagUse Use(string id) => new("https://i.example", id, 1, expiry);

        Assert.True(await guard.TryUseAsync(Use("a"), default));
        Assert.True(await guard.TryUseAsync(Use("b"), default));
        Assert.False(await guard.TryUseAsync(Use("a"), default));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await guard.TryUseAsync(Use("c"), default));
        await guard.ReturnAsync(Use("b"), default);
        await guard.ReturnAsync(Use("b"), default);
        Assert.True(await guard.TryUseAsync(Use("b"), default));
        Assert.False(await guard.TryUseAsync(Use("b"), default));
        clock.Advance(TimeSpan.FromSeconds(300));
        Assert.True(await guard.TryUseAsync(Use("c"), default));
    }

    [Fact, Trait("Spec", "RAS-21")]
    public async Task Counts_atomically()
    {
        var clock = new ManualClock();
        var guard = new InMemoryReplayGuard(clock);
        var granted = new int[20_000];
        using var start = new Barrier(4);
        void Race()
        {
            start.SignalAndWait();
            for (var id = 0; id < granted.Length; id++)
                if (guard.TryUseAsync(new IdJagUse("https://i.example", $"{id}", 3, clock.GetUtcNow().AddSeconds(1)), default).AsTask().GetAwaiter().GetResult())
                    Interlocked.Increment(ref granted[id]);
        }

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(Race, default, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        Assert.All(granted, count => Assert.Equal(3, count));
    }

    private sealed class Mood
    {
        public Queue<string> Steps { get; set; } = [];
        public string Next(params string[] mine) => Steps.TryPeek(out var step) && mine.Contains(step) ? Steps.Dequeue() : "fine";
    }

    private sealed class MoodyResolver(Mood mood) : ISubjectResolver
    {
        public ValueTask<SubjectResolution> ResolveAsync(ValidatedIdJag idJag, CancellationToken ct) => mood.Next("deny", "throw") switch
        {
            "deny" => ValueTask.FromResult(SubjectResolution.NotEntitled),
            "throw" => throw new TimeoutException("the directory is away"),
            _ => ValueTask.FromResult(SubjectResolution.Resolved("trk_4821")),
        };
    }

    private sealed class MoodyIssuer(Mood mood, JwtAccessTokenIssuer inner) : IAccessTokenIssuer
    {
        public ValueTask<IssuedAccessToken> IssueAsync(AccessTokenGrant grant, CancellationToken ct) =>
            mood.Next("no key") is "fine" ? inner.IssueAsync(grant, ct) : throw new InvalidOperationException("the vault is away");
    }

    private sealed class AbsentGuard : IReplayGuard
    {
        public ValueTask<bool> TryUseAsync(IdJagUse use, CancellationToken ct) => throw new TimeoutException("redis is away");
        public ValueTask ReturnAsync(IdJagUse use, CancellationToken ct) => throw new TimeoutException("redis is away");
    }
}
