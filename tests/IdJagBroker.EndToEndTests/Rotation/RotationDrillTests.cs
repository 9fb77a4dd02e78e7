using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Keys.Providers;
using IdJagBroker.Protocol.Jws;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.EndToEndTests.Rotation;

/// <summary>The promise of a rotation, kept under load: nobody who verifies notices.</summary>
public sealed class RotationDrillTests(DemoPostgres postgres)
{
    private const int Rotations = 10;
    private const int TokensAStep = 16;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact, Trait("Spec", "META-18")]
    public async Task No_token_of_ten_rotations_under_load_fails_to_verify_with_a_jwks_that_is_kept_for_ten_minutes()
    {
        await using var drill = await RotationDrill.StartAsync(await postgres.CreateDatabaseAsync());
        var result = await drill.RunAsync(Rotations, inFlight: 4, TokensAStep, Ct);

        Assert.Empty(result.Failures);
        Assert.Equal(Rotations + 1, result.Kids);
        Assert.True(result.Tokens >= Rotations * 8 * TokensAStep, $"{result.Tokens} tokens");
        Assert.True(result.Verifications >= 3 * result.Tokens, $"{result.Verifications} verifications of {result.Tokens} tokens");
        Assert.True(result.Simulated >= Rotations * TimeSpan.FromMinutes(17.5), $"{result.Simulated}");
    }

    /// <summary>Files, whose keys sign as soon as they are published.</summary>
    private sealed class HastyKeys(LocalKeys local) : ISigningKeyProvider
    {
        public KeyTimes TimesFor(KeyPurpose purpose) => local.TimesFor(purpose) with { PublishAhead = TimeSpan.Zero };

        public IReadOnlyList<string> Places(KeyPurpose purpose, JwsAlgorithm algorithm) => local.Places(purpose, algorithm);

        public Task<SigningKeyRow?> CreateAsync(KeySlot slot, IReadOnlyList<SigningKeyRow> known, DateTimeOffset now, CancellationToken ct) => local.CreateAsync(slot, known, now, ct);

        public Task<ISigningKey> OpenAsync(SigningKeyRow key, CancellationToken ct) => local.OpenAsync(key, ct);
    }

    [Fact]
    public async Task The_drill_finds_keys_that_sign_before_verifiers_can_know_them()
    {
        await using var drill = await RotationDrill.StartAsync(await postgres.CreateDatabaseAsync(), services =>
            services.AddKeyedSingleton<ISigningKeyProvider>("local", (provider, _) => new HastyKeys(ActivatorUtilities.CreateInstance<LocalKeys>(provider))));
        var result = await drill.RunAsync(rotations: 1, inFlight: 4, TokensAStep, Ct);

        Assert.Contains(result.Failures, failure => failure.StartsWith("StrictParty: KeyNotFound", StringComparison.Ordinal));
        Assert.All(result.Failures, failure => Assert.Contains("KeyNotFound", failure, StringComparison.Ordinal));
    }
}
