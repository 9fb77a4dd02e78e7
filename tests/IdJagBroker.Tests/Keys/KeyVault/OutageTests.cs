using System.Diagnostics;
using IdJagBroker.Keys.KeyVault;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.StandIn;

namespace IdJagBroker.Tests.Keys.KeyVault;

/// <summary>How long the client waits for a vault that does not answer, and how soon it is back.</summary>
public sealed class OutageTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Gives_up_after_two_seconds_when_the_vault_hangs()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        session.Vault.Faults.Always(Fault.Delay(TimeSpan.FromSeconds(30)));
        var watch = Stopwatch.StartNew();
        await Assert.ThrowsAsync<KeyVaultUnavailableException>(() => session.SignAsync(key));

        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(1.1), TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task Gives_up_after_two_seconds_when_retries_hang_too_and_the_first_connection_was_reset()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        session.Vault.Faults.Always(Fault.Reset);
        var watch = Stopwatch.StartNew();
        await Assert.ThrowsAsync<KeyVaultUnavailableException>(() => session.SignAsync(key));

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2), $"{watch.Elapsed}");
    }

    [Fact]
    public async Task Waits_longer_for_a_key_to_be_made()
    {
        await using var session = await VaultSession.StartAsync();
        await session.SigningKeyAsync();
        session.Vault.Faults.Next(1, Fault.Delay(TimeSpan.FromSeconds(2.5)));

        Assert.NotNull(await session.Client.RotateKeyAsync("signing", Ct));
    }

    [Fact]
    public async Task Asks_a_failing_vault_once_a_second_and_is_soon_back()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        session.Vault.Faults.Always(Fault.Status(500));
        for (var i = 0; i < 10; i++) await Assert.ThrowsAsync<KeyVaultUnavailableException>(() => session.SignAsync(key));
        session.Vault.ForgetCalls();
        var failing = Stopwatch.StartNew();
        while (failing.Elapsed < TimeSpan.FromSeconds(2.5))
        {
            await Assert.ThrowsAsync<KeyVaultUnavailableException>(() => session.SignAsync(key));
            await Task.Delay(5, Ct);
        }
        Assert.InRange(session.Vault.Calls.Count, 1, 4);

        session.Vault.Faults.Clear();
        var back = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await session.SignAsync(key);
                break;
            }
            catch (KeyVaultUnavailableException) when (back.Elapsed < TimeSpan.FromSeconds(5))
            {
                await Task.Delay(20, Ct);
            }
        }
        Assert.True(back.Elapsed < TimeSpan.FromSeconds(4), $"{back.Elapsed}");
    }

    [Fact]
    public async Task Leaves_the_callers_own_cancellation_to_the_caller()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        session.Vault.Faults.Always(Fault.Delay(TimeSpan.FromSeconds(30)));
        using var leaving = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.Client.SignAsync(key.Id, JwsAlgorithm.ES256, VaultSession.Digest(), leaving.Token));
    }
}
