using System.Net;
using System.Security.Cryptography;
using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Tests.Hosting;
using IdJagBroker.Tests.Admin;
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

        /// <summary>It answers when nobody listens any more.</summary>
        public bool Endless { get; set; }

        /// <summary>Ends when it is asked for the first signature that does not end.</summary>
        public TaskCompletionSource IsAsked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Signatures { get; private set; }

        public JsonWebKey PublicKey => _key.PublicKey;

        public JwsAlgorithm Algorithm => _key.Algorithm;

        public ValueTask<ReadOnlyMemory<byte>> SignDigestAsync(ReadOnlyMemory<byte> digest, CancellationToken ct)
        {
            Signatures++;
            return Endless ? EndlessAsync(ct) : Mood is null ? _key.SignDigestAsync(digest, ct) : ValueTask.FromResult(Mood());
        }

        public void Dispose() => _key.Dispose();

        private async ValueTask<ReadOnlyMemory<byte>> EndlessAsync(CancellationToken ct)
        {
            IsAsked.TrySetResult();
            await Task.Delay(Timeout.Infinite, ct);
            return default;
        }
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
    public async Task Says_the_same_of_an_administrators_access_token()
    {
        using var key = new MoodyKey();
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync(changeCatalog: AdminDesk.Administrators(broker), plugIn: new GivenKeys(key) { Purpose = KeyPurpose.AccessToken }.PlugIn());
        var desk = new AdminDesk(broker);
        await desk.SiemTokenAsync();
        key.Mood = () => throw new HttpRequestException("vault.internal.example is away");

        (await desk.AskAsync()).IsRefused("temporarily_unavailable", HttpStatusCode.ServiceUnavailable);

        var failed = Assert.Single(await broker.AuditAsync("outcome=error"))!;
        Assert.Equal(("admin.sign_failed", "SIGNING_UNAVAILABLE"), ((string?)failed["type"], (string?)failed["reason"]));
        Assert.Equal(["admin.sign_failed", "admin.signed_in"], (await broker.AuditAsync($"jti={failed["jti"]}")).Select(e => (string?)e!["type"]));
    }

    [Fact]
    public async Task Signs_nothing_that_is_not_recorded()
    {
        using var key = new MoodyKey();
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync(plugIn: GivenKeys.PlugIn(key));
        (await broker.Token.ExchangeAsync()).IsGranted();
        var before = key.Signatures;

        // The inbox, locked by another: nothing can be committed.
        await using (var other = new NpgsqlConnection(broker.ConnectionString))
        {
            await other.OpenAsync();
            await using var transaction = await other.BeginTransactionAsync();
            await using var take = new NpgsqlCommand("lock table audit_inbox in share row exclusive mode", other);
            await take.ExecuteNonQueryAsync();
            (await broker.Token.ExchangeAsync()).IsRefused("temporarily_unavailable", HttpStatusCode.ServiceUnavailable);
        }
        Assert.Equal(before, key.Signatures);
        (await FailureTests.Eventually(() => broker.Token.ExchangeAsync())).IsGranted();
    }

    [Fact, Trait("Spec", "IDP-53")]
    public async Task Records_that_no_token_came_of_it_when_the_client_left_before_the_signature()
    {
        using var key = new MoodyKey();
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync(plugIn: IdJagBroker.Tests.Keys.GivenKeys.PlugIn(key));
        key.Endless = true;
        using var patience = new CancellationTokenSource();
        using var content = new FormUrlEncodedContent(broker.Token.Form());
        var asking = broker.Http.PostAsync(new Uri(broker.Issuer + "/oauth2/token"), content, patience.Token);
        await key.IsAsked.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);

        for (var tries = 0; tries < 200 && (await broker.AuditAsync("outcome=error")).Count is 0; tries++) await Task.Delay(100);
        var abandoned = Assert.Single(await broker.AuditAsync("outcome=error"))!;
        Assert.Equal(("idjag.abandoned", "ABANDONED", "agent"), ((string?)abandoned["type"], (string?)abandoned["reason"], (string?)abandoned["client"]));
        Assert.Equal(["idjag.abandoned", "idjag.issued"], (await broker.AuditAsync($"jti={abandoned["jti"]}")).Select(e => (string?)e!["type"]));
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
