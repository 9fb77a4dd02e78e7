using System.Diagnostics;
using IdJagBroker.Keys.KeyVault;
using IdJagBroker.StandIn;

namespace IdJagBroker.Tests.Keys.KeyVault;

/// <summary>What the client makes of 429: it says so at once, and leaves the vault alone.</summary>
public sealed class ThrottlingTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Surfaces_429_at_once_and_asks_no_more_while_Retry_After_lasts()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        session.Vault.Faults.Always(Fault.Status(429, "3"));
        var watch = Stopwatch.StartNew();
        var throttled = await Assert.ThrowsAsync<KeyVaultThrottledException>(() => session.SignAsync(key));
        Assert.Equal(TimeSpan.FromSeconds(3), throttled.RetryAfter);

        for (var i = 0; i < 50; i++)
        {
            var again = await Assert.ThrowsAsync<KeyVaultThrottledException>(() => session.SignAsync(key));
            Assert.InRange(again.RetryAfter!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3));
        }
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2), $"{watch.Elapsed}");
        Assert.Single(session.Vault.Calls);
        session.Vault.Faults.Clear();
        await Task.Delay(TimeSpan.FromSeconds(3.1) - watch.Elapsed, Ct);
        await session.SignAsync(key);
    }

    [Theory]
    [InlineData(null, 1)]
    [InlineData("0", 1)]
    [InlineData("86400", 10)]
    [InlineData("nonsense", 1)]
    public async Task Waits_at_least_one_second_and_at_most_ten_after_429(string? retryAfter, int seconds)
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        session.Vault.Faults.Always(Fault.Status(429, retryAfter));

        var throttled = await Assert.ThrowsAsync<KeyVaultThrottledException>(() => session.SignAsync(key));
        Assert.Equal(TimeSpan.FromSeconds(seconds), throttled.RetryAfter);
    }

    [Fact]
    public async Task Does_not_hammer_a_vault_that_throttles_and_is_back_when_it_is()
    {
        await using var session = await VaultSession.StartAsync();
        session.Vault.Throttle.Scale = 0.005;       // 20 operations
        session.Vault.Throttle.Window = TimeSpan.FromSeconds(2);
        var key = await session.SigningKeyAsync();
        var (succeeded, throttled) = (0, 0);
        var end = TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(5);
        while (TimeProvider.System.GetUtcNow() < end)
        {
            try
            {
                await session.SignAsync(key);
                succeeded++;
            }
            catch (KeyVaultThrottledException)
            {
                throttled++;
                await Task.Delay(5, Ct);
            }
        }

        Assert.InRange(succeeded, 30, 80);
        Assert.True(throttled > 50, $"{throttled}");
        Assert.InRange(session.Vault.Calls.Count, succeeded, succeeded * 1.2);
    }
}
