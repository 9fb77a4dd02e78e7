using IdJagBroker.Keys.KeyVault;
using IdJagBroker.StandIn;

namespace IdJagBroker.Tests.Keys.KeyVault;

/// <summary>What the client makes of a vault that says no.</summary>
public sealed class RefusalTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Is_refused_a_disabled_version()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        Assert.False((await session.Client.SetEnabledAsync(key.Id, false, Ct)).Attributes.Enabled);
        session.Vault.ForgetCalls();

        var refused = await Assert.ThrowsAsync<KeyVaultRefusedException>(() => session.SignAsync(key));
        Assert.Equal((403, "KeyDisabled"), (refused.Status, refused.Code));
        Assert.Single(session.Vault.Calls);
        await session.Client.SetEnabledAsync(key.Id, true, Ct);
        await session.SignAsync(key);
    }

    [Fact]
    public async Task Is_refused_an_unknown_key_and_a_deleted_version()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        var unknown = await Assert.ThrowsAsync<KeyVaultRefusedException>(() => session.Client.GetKeyAsync("nobody", Ct));
        Assert.Equal((404, "KeyNotFound"), (unknown.Status, unknown.Code));

        var gone = key with { Id = key.Id with { Version = new string('0', 32) } };
        Assert.Equal("KeyNotFound", (await Assert.ThrowsAsync<KeyVaultRefusedException>(() => session.SignAsync(gone))).Code);
    }

    [Fact]
    public async Task Is_refused_a_key_of_another_type()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync(VaultKeyKind.Rsa(2048));

        Assert.Equal((400, "BadParameter"), await RefusalAsync(() => session.SignAsync(key)));
    }

    [Fact]
    public async Task Is_refused_what_its_role_does_not_allow()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        session.Desk.Role = VaultRole.CryptoUser;
        session.Vault.Tokens.Revoke(session.Desk.LastToken);

        await session.SignAsync(key);
        Assert.Equal((403, "ForbiddenByRbac"), await RefusalAsync(() => session.Client.RotateKeyAsync("signing", Ct)));
        Assert.Equal((403, "ForbiddenByRbac"), await RefusalAsync(() => session.Client.CreateKeyAsync("other", VaultKeyKind.P256, ["sign"], Ct)));
    }

    [Fact]
    public async Task Keeps_the_vaults_own_text_out_of_what_it_throws_and_logs()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        foreach (var status in new[] { 400, 403, 404, 409, 429, 500, 503 })
        {
            session.Vault.Faults.Next(3, Fault.Status(status));
            var failure = await Assert.ThrowsAnyAsync<KeyVaultException>(() => session.SignAsync(key));
            Assert.DoesNotContain("stand-in", failure.ToString(), StringComparison.Ordinal);
            if (status is 429) await Task.Delay(1100, Ct);
        }
        session.Vault.Faults.Next(1, Fault.Status(400, code: "stand-in text\nin place of a code"));
        Assert.Equal((400, "Unknown"), await RefusalAsync(() => session.SignAsync(key)));
        Assert.All(session.Log.Lines, line => Assert.DoesNotContain("stand-in", line.Text, StringComparison.Ordinal));
    }

    private static async Task<(int Status, string Code)> RefusalAsync(Func<Task> act)
    {
        var refused = await Assert.ThrowsAsync<KeyVaultRefusedException>(act);
        return (refused.Status, refused.Code);
    }
}
