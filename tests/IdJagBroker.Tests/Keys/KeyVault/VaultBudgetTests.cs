using IdJagBroker.Keys.KeyVault;
using IdJagBroker.Shared;

namespace IdJagBroker.Tests.Keys.KeyVault;

/// <summary>In no ten seconds more than the vault's published limit, and in the long run nearly all of it.</summary>
public sealed class VaultBudgetTests
{
    [Theory]
    [InlineData("EC", "P-256", 256, false, 4000)]
    [InlineData("EC", "P-256", 256, true, 2000)]
    [InlineData("EC", "P-384", 384, false, 4000)]
    [InlineData("RSA", null, 2048, false, 4000)]
    [InlineData("RSA", null, 2048, true, 2000)]
    [InlineData("RSA", null, 3072, false, 1000)]
    [InlineData("RSA", null, 3072, true, 500)]
    [InlineData("RSA", null, 4096, false, 500)]
    [InlineData("RSA", null, 4096, true, 250)]
    public void Gives_out_the_limit_of_each_kind_and_never_more_in_any_window(string type, string? curve, int bits, bool hardware, int limit)
    {
        var kind = new VaultKeyKind(type, curve, bits, hardware);
        foreach (var share in new[] { 1.0, 0.5, VaultBudget.SmallestShare })
        {
            var clock = new ManualClock();
            var budget = new VaultBudget(share, clock);
            var step = TimeSpan.FromMilliseconds(20);
            var taken = new List<int>();            // in each 20 ms, of a minute of overload
            for (var at = TimeSpan.Zero; at < TimeSpan.FromMinutes(1); at += step)
            {
                var n = 0;
                while (n < 5000 && budget.TryTake(kind, out _)) n++;
                taken.Add(n);
                clock.Advance(step);
            }

            const int window = 500;         // 10 s
            for (var from = 0; from + window <= taken.Count; from++)
                Assert.True(taken.Skip(from).Take(window).Sum() <= limit * share, $"{taken.Skip(from).Take(window).Sum()} of {limit} × {share}");
            Assert.True(taken.Sum() >= limit * share * 6 * (share < 0.1 ? 0.85 : 0.93), $"{taken.Sum()} in a minute, of {limit} × {share}");
        }
    }

    [Fact]
    public void Adds_up_what_kinds_of_keys_cost()
    {
        var budget = new VaultBudget(1, new ManualClock());
        var (p256, rsa) = (VaultKeyKind.P256, VaultKeyKind.Rsa(4096));
        var n = 0;
        while (n < 5000 && budget.TryTake(rsa, out _)) n++;

        Assert.Equal(25, n);                                // a twentieth of 500 at once
        Assert.False(budget.TryTake(p256, out var retryAfter));      // though it has made none
        Assert.InRange(retryAfter, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(10));
    }

    [Fact]
    public void Tells_the_time_when_there_is_one_again()
    {
        var clock = new ManualClock();
        var budget = new VaultBudget(0.5, clock);
        while (budget.TryTake(VaultKeyKind.P256, out _))
        {
        }
        Assert.False(budget.TryTake(VaultKeyKind.P256, out var retryAfter));
        clock.Advance(retryAfter / 2);
        Assert.False(budget.TryTake(VaultKeyKind.P256, out _));
        clock.Advance(retryAfter / 2 + TimeSpan.FromMilliseconds(0.1));
        Assert.True(budget.TryTake(VaultKeyKind.P256, out _));
    }

    [Fact]
    public void Fills_nothing_when_the_clock_is_set_back()
    {
        var clock = new ManualClock();
        var budget = new VaultBudget(1, clock);
        while (budget.TryTake(VaultKeyKind.P256, out _))
        {
        }
        clock.Advance(TimeSpan.FromHours(-1));

        Assert.False(budget.TryTake(VaultKeyKind.P256, out var retryAfter));
        Assert.InRange(retryAfter, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }
}
