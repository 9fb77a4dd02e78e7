using IdJagBroker.StandIn;
using Microsoft.Extensions.Logging;

namespace IdJagBroker.Tests.Keys.KeyVault;

/// <summary>The vault's clock is right; ours may not be.</summary>
public sealed class ClockSkewTests
{
    [Theory]
    [InlineData(0, false)]
    [InlineData(20, false)]
    [InlineData(45, true)]
    [InlineData(-45, true)]
    public async Task Is_recorded_and_warned_of_above_thirty_seconds(int seconds, bool warned)
    {
        await using var session = await VaultSession.StartAsync();
        Assert.Null(session.Client.ClockSkew);
        session.Vault.Faults.ClockOffset = TimeSpan.FromSeconds(seconds);
        for (var i = 0; i < 3; i++) await session.Client.ListKeysAsync(TestContext.Current.CancellationToken);

        Assert.InRange(session.Client.ClockSkew!.Value.TotalSeconds, seconds - 3, seconds + 3);
        var warnings = session.Log.Lines.Where(line => line is { Level: LogLevel.Warning, Id: 1801 }).ToList();
        Assert.Equal(warned ? 1 : 0, warnings.Count);        // once, not with each call
    }

    [Fact]
    public async Task Is_warned_of_again_when_it_comes_back()
    {
        await using var session = await VaultSession.StartAsync();
        foreach (var seconds in new[] { 45, 0, 45 })
        {
            session.Vault.Faults.ClockOffset = TimeSpan.FromSeconds(seconds);
            await session.Client.ListKeysAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(2, session.Log.Lines.Count(line => line.Id is 1801));
    }
}
