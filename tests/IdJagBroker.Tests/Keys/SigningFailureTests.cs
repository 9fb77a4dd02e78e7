using System.Net;
using System.Security.Cryptography;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Tests.Hosting;
using IdJagBroker.Tests.Storage;
using Npgsql;

namespace IdJagBroker.Tests.Keys;

/// <summary>Record, then sign: what becomes of a request whose signature fails, and of a signature whose record fails.</summary>
public sealed class SigningFailureTests(BrokerPostgres postgres)
{
    /// <summary>A vault as it is on a bad day.</summary>
    private sealed class MoodyKey : ISigningKey, IDisposable
    {
        private readonly InProcessSigningKey _key = InProcessSigningKey.CreateEs256();

        public Func<ReadOnlyMemory<byte>>? Mood { get; set; }

        public int Signatures { get; private set; }

        public JsonWebKey PublicKey => _key.PublicKey;

        public JwsAlgorithm Algorithm => _key.Algorithm;

        public ValueTask<ReadOnlyMemory<byte>> SignDigestAsync(ReadOnlyMemory<byte> digest, CancellationToken ct)
        {
            Signatures++;
            return Mood is null ? _key.SignDigestAsync(digest, ct) : ValueTask.FromResult(Mood());
        }

        public void Dispose() => _key.Dispose();
    }

    [Fact]
    public async Task Answers_503_and_records_that_no_token_came_of_it()
    {
        using var key = new MoodyKey();
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync(plugIn: GivenKeys.PlugIn(key));
        (await broker.Token.ExchangeAsync()).IsGranted();

        Func<ReadOnlyMemory<byte>>[] moods =
        [
            () => throw new HttpRequestException("vault.internal.example is away"),
            () => throw new TaskCanceledException("the vault is too slow"),
            () => throw new CryptographicException("key idjag-2026 is disabled"),
            () => new byte[71],     // DER where r ‖ s is due
        ];
        foreach (var mood in moods)
        {
            key.Mood = mood;
            var answer = await broker.Token.ExchangeAsync();

            answer.IsRefused("temporarily_unavailable", HttpStatusCode.ServiceUnavailable);
            Assert.NotNull(answer.Headers.RetryAfter?.Delta);
            Assert.DoesNotContain("vault", answer.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("key", answer.Text, StringComparison.Ordinal);
            var failed = (await broker.AuditAsync("outcome=error&limit=1"))[0]!;
            Assert.Equal(("idjag.sign_failed", "SIGNING_UNAVAILABLE", "agent"), ((string?)failed["type"], (string?)failed["reason"], (string?)failed["client"]));
            var both = await broker.AuditAsync($"jti={failed["jti"]}");
            Assert.Equal(["idjag.sign_failed", "idjag.issued"], both.Select(e => (string?)e!["type"]));
            Assert.NotEqual((string?)both[0]!["id"], (string?)both[1]!["id"]);
        }
        key.Mood = null;
        (await broker.Token.ExchangeAsync()).IsGranted();
        Assert.Equal(moods.Length, (await broker.AuditAsync("outcome=error")).Count);
    }

    [Fact]
    public async Task Signs_nothing_that_is_not_recorded()
    {
        using var key = new MoodyKey();
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync(plugIn: GivenKeys.PlugIn(key));
        (await broker.Token.ExchangeAsync()).IsGranted();
        var before = key.Signatures;

        // The writer's own lock, held by another: nothing can be committed.
        await using (var other = new NpgsqlConnection(broker.ConnectionString))
        {
            await other.OpenAsync();
            await using var take = new NpgsqlCommand("select pg_advisory_lock(4921001)", other);
            await take.ExecuteNonQueryAsync();
            (await broker.Token.ExchangeAsync()).IsRefused("temporarily_unavailable", HttpStatusCode.ServiceUnavailable);
            await using var release = new NpgsqlCommand("select pg_advisory_unlock(4921001)", other);
            await release.ExecuteNonQueryAsync();
        }
        Assert.Equal(before, key.Signatures);
        (await FailureTests.Eventually(() => broker.Token.ExchangeAsync())).IsGranted();
    }

    [Fact]
    public async Task Is_not_ready_and_signs_nothing_with_a_key_that_does_not_sign_and_is_once_it_does()
    {
        using var key = new MoodyKey { Mood = () => new byte[64] };
        using var other = new InProcessSigningKey(RSA.Create(2048), JwsAlgorithm.RS256);
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync(plugIn: GivenKeys.PlugIn(key, other));

        Assert.Equal("not ready: a signing key is missing", await broker.ReadinessAsync());
        (await broker.Token.ExchangeAsync()).IsRefused("temporarily_unavailable", HttpStatusCode.ServiceUnavailable);
        key.Mood = null;
        (await FailureTests.Eventually(() => broker.Token.ExchangeAsync())).IsGranted();
        Assert.Equal("ready", await broker.ReadinessAsync());
    }
}
