using System.Diagnostics;
using IdJagBroker.Keys.KeyVault;
using IdJagBroker.StandIn;

namespace IdJagBroker.Tests.Keys.KeyVault;

/// <summary>When the client tries again, and at what cost to the vault.</summary>
public sealed class RetryTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Makes_at_most_a_fifth_more_calls_to_a_vault_that_fails(int status)
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        session.Vault.Faults.Always(Fault.Status(status));
        const int asked = 60;
        for (var i = 0; i < asked; i++) await Assert.ThrowsAsync<KeyVaultUnavailableException>(() => session.SignAsync(key));

        Assert.InRange(session.Vault.Calls.Count, 1, asked * 1.2);
        Assert.True(session.Vault.Calls.Count <= 15, $"{session.Vault.Calls.Count}: the circuit did not open");
    }

    [Fact]
    public void Spends_no_more_retries_than_calls_have_earned()
    {
        var budget = new RetryBudget();
        var spent = 0;
        for (var call = 0; call < 1000; call++)
        {
            budget.Earn();
            while (spent < 5000 && budget.TrySpend()) spent++;
        }

        Assert.InRange(spent, 90, 103);
    }

    [Fact]
    public async Task Tries_again_after_a_passing_failure()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        foreach (var fault in new[] { Fault.Status(503), Fault.Status(500), Fault.Reset })
        {
            session.Vault.Faults.Next(1, fault);
            session.Vault.ForgetCalls();

            Assert.Equal(64, (await session.SignAsync(key)).Length);
            Assert.Equal(2, session.Vault.Calls.Count);
        }
    }

    [Fact]
    public async Task Does_not_wait_for_a_vault_that_names_a_time()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        session.Vault.Faults.Always(Fault.Status(503, "5"));
        var watch = Stopwatch.StartNew();
        var unavailable = await Assert.ThrowsAsync<KeyVaultUnavailableException>(() => session.SignAsync(key));

        Assert.Equal(TimeSpan.FromSeconds(5), unavailable.RetryAfter);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1), $"{watch.Elapsed}");
        Assert.Single(session.Vault.Calls);
    }

    [Fact]
    public async Task Makes_a_key_once_only_whatever_happens()
    {
        await using var session = await VaultSession.StartAsync();
        await session.SigningKeyAsync();
        foreach (var fault in new[] { Fault.Status(503), Fault.Reset })
        {
            session.Vault.Faults.Next(1, fault);
            session.Vault.ForgetCalls();

            await Assert.ThrowsAsync<KeyVaultUnavailableException>(() => session.Client.RotateKeyAsync("signing", Ct));
            Assert.Single(session.Vault.Calls);
        }
    }
}
