using System.Text.Json.Nodes;
using IdJagBroker.Keys;
using IdJagBroker.Keys.KeyVault;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Shared;
using IdJagBroker.StandIn;

namespace IdJagBroker.Tests.Keys.KeyVault;

/// <summary>A key in a vault as the ring sees it.</summary>
public sealed class KeyVaultSigningKeyTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static VaultBudget Ample => new(1, TimeProvider.System);

    public static TheoryData<string> Algorithms => ["ES256", "ES384", "RS256", "PS256"];

    [Theory, MemberData(nameof(Algorithms)), Trait("Spec", "SEC-28")]
    public async Task Signs_tokens_that_verify_with_what_it_publishes(string name)
    {
        var algorithm = JwsAlgorithm.Find(name)!;
        await using var session = await VaultSession.StartAsync();
        await session.SigningKeyAsync(name switch { "ES256" => VaultKeyKind.P256, "ES384" => VaultKeyKind.P384, _ => VaultKeyKind.Rsa(2048) });
        using var key = await KeyVaultSigningKey.OpenAsync(session.Client, Ample, new(session.Address, "signing", null), algorithm, Ct);
        session.Vault.ForgetCalls();

        var token = await UnsignedJws.Create(key, "start+jwt", 0, static (_, _) => { }).SignAsync(Ct);
        Assert.True(CompactJws.TryParse(token.Reveal(), IdJag.MaxChars, out var jws, out _));
        Assert.Equal(JwsFailure.None, JwsVerifier.Verify(jws, new JsonWebKeySet([key.PublicKey]), [algorithm], out _));
        Assert.Equal((key.PublicKey.Thumbprint, name), (key.PublicKey.KeyId, key.PublicKey.AlgorithmName));
        Assert.Equal("sign", Assert.Single(session.Vault.Calls).Operation);
    }

    [Fact]
    public async Task Goes_on_with_its_version_when_the_key_is_rotated()
    {
        await using var session = await VaultSession.StartAsync();
        await session.SigningKeyAsync();
        using var old = await KeyVaultSigningKey.OpenAsync(session.Client, Ample, new(session.Address, "signing", null), JwsAlgorithm.ES256, Ct);
        await session.Client.RotateKeyAsync("signing", Ct);
        using var current = await KeyVaultSigningKey.OpenAsync(session.Client, Ample, new(session.Address, "signing", null), JwsAlgorithm.ES256, Ct);

        Assert.NotEqual(old.Id, current.Id);
        Assert.NotEqual(old.PublicKey.KeyId, current.PublicKey.KeyId);
        await old.SignDigestAsync(VaultSession.Digest(), Ct);
        await current.SignDigestAsync(VaultSession.Digest(), Ct);
    }

    [Fact]
    public async Task Gives_out_no_signature_of_another_key()
    {
        await using var session = await VaultSession.StartAsync();
        await session.SigningKeyAsync();
        using var key = await KeyVaultSigningKey.OpenAsync(session.Client, Ample, new(session.Address, "signing", null), JwsAlgorithm.ES256, Ct);
        var other = await session.Client.CreateKeyAsync("other", VaultKeyKind.P256, ["sign"], Ct);
        var foreign = await session.SignAsync(other);       // of the right length, and of the same digest
        session.Vault.Faults.Always(Fault.Change(answer => answer["value"] = System.Buffers.Text.Base64Url.EncodeToString(foreign)));

        await Assert.ThrowsAsync<KeyVaultUnavailableException>(async () => await key.SignDigestAsync(VaultSession.Digest(), Ct));
    }

    public static TheoryData<string, Action<JsonObject>> KeysToKeepAwayFrom => new()
    {
        { "KeyDisabled", answer => answer["attributes"]!["enabled"] = false },
        { "KeyExportable", answer => answer["attributes"]!["exportable"] = true },
        { "SignNotPermitted", answer => answer["key"]!["key_ops"] = new JsonArray("verify", "wrapKey") },
    };

    [Theory, MemberData(nameof(KeysToKeepAwayFrom), DisableDiscoveryEnumeration = true), Trait("Spec", "SEC-28")]
    public async Task Opens_no_key_to_keep_away_from(string code, Action<JsonObject> change)
    {
        await using var session = await VaultSession.StartAsync();
        await session.SigningKeyAsync();
        session.Vault.Faults.Always(Fault.Change(change));

        Assert.Equal(code, await RefusalAsync(session, JwsAlgorithm.ES256));
        session.Vault.Faults.Clear();
        using var opened = await KeyVaultSigningKey.OpenAsync(session.Client, Ample, new(session.Address, "signing", null), JwsAlgorithm.ES256, Ct);
    }

    [Theory]
    [InlineData("ES384"), InlineData("RS256")]
    public async Task Opens_no_key_of_another_type(string algorithm)
    {
        await using var session = await VaultSession.StartAsync();
        await session.SigningKeyAsync();

        Assert.Equal("KeyTypeMismatch", await RefusalAsync(session, JwsAlgorithm.Find(algorithm)!));
    }

    [Fact]
    public async Task Reserves_no_more_than_its_budget_and_says_when_to_come_back()
    {
        var clock = new ManualClock();
        await using var session = await VaultSession.StartAsync();
        await session.SigningKeyAsync(VaultKeyKind.P256.Hardware);
        var budget = new VaultBudget(VaultBudget.SmallestShare, clock);        // 100 of 2,000 in 10 s, 8 of them at once
        using var key = await KeyVaultSigningKey.OpenAsync(session.Client, budget, new(session.Address, "signing", null), JwsAlgorithm.ES256, Ct);
        for (var i = 0; i < 8; i++) Assert.True(key.TryReserve(out _));

        Assert.False(key.TryReserve(out var retryAfter));
        Assert.InRange(retryAfter, TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(200));
        clock.Advance(retryAfter + TimeSpan.FromMilliseconds(1));
        Assert.True(key.TryReserve(out _));
    }

    [Theory]
    [InlineData(429, 1, 4)]
    [InlineData(500, 5, 1)]
    public async Task Is_not_ready_while_its_vault_throttles_or_fails(int status, int failures, int atMostSeconds)
    {
        await using var session = await VaultSession.StartAsync();
        await session.SigningKeyAsync();
        using var key = await KeyVaultSigningKey.OpenAsync(session.Client, Ample, new(session.Address, "signing", null), JwsAlgorithm.ES256, Ct);
        Assert.True(key.TryReserve(out _));
        session.Vault.Faults.Always(Fault.Status(status, status is 429 ? "4" : null));
        for (var i = 0; i < failures; i++) await Assert.ThrowsAnyAsync<KeyVaultException>(async () => await key.SignDigestAsync(VaultSession.Digest(), Ct));

        Assert.False(key.TryReserve(out var retryAfter));
        Assert.InRange(retryAfter, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(atMostSeconds));
    }

    private static async Task<string> RefusalAsync(VaultSession session, JwsAlgorithm algorithm) => (await Assert.ThrowsAsync<KeyVaultRefusedException>(
        () => KeyVaultSigningKey.OpenAsync(session.Client, Ample, new(session.Address, "signing", null), algorithm, Ct))).Code;
}
