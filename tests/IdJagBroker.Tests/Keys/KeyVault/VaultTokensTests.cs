using IdJagBroker.Keys.KeyVault;
using IdJagBroker.StandIn;

namespace IdJagBroker.Tests.Keys.KeyVault;

/// <summary>Which token answers a challenge, and for how long.</summary>
public sealed class VaultTokensTests : IAsyncLifetime
{
    private StandInVault _vault = null!;
    private VaultSession.DeskCredential _desk = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _vault = await StandInVault.StartAsync();
        _desk = new VaultSession.DeskCredential(_vault);
    }

    public ValueTask DisposeAsync() => _vault.DisposeAsync();

    [Fact]
    public async Task Are_kept_for_the_same_demand_and_for_no_other()
    {
        var tokens = new VaultTokens(_desk, TimeProvider.System);
        var one = await tokens.GetAsync(Challenge("one", "vault.azure.net"), Ct);

        Assert.Equal(one, await tokens.GetAsync(Challenge("one", "vault.azure.net"), Ct));
        Assert.NotEqual(one, await tokens.GetAsync(Challenge("two", "vault.azure.net"), Ct));
        Assert.NotEqual(one, await tokens.GetAsync(Challenge("one", "managedhsm.azure.net"), Ct));
        Assert.Equal(["one", "two", "one"], _desk.Asked.Select(asked => asked.TenantId));
    }

    [Fact]
    public async Task Are_not_used_after_they_expire()
    {
        var time = new ShiftedTime();
        var tokens = new VaultTokens(_desk, time);
        var first = await tokens.GetAsync(Challenge("one", "vault.azure.net"), Ct);
        time.Shift = TimeSpan.FromMinutes(61);

        Assert.NotEqual(first, await tokens.GetAsync(Challenge("one", "vault.azure.net"), Ct));
    }

    [Fact]
    public async Task Are_asked_for_in_the_background_only_once_in_half_a_minute()
    {
        var time = new ShiftedTime();
        var tokens = new VaultTokens(_desk, time);
        var first = await tokens.GetAsync(Challenge("one", "vault.azure.net"), Ct);
        time.Shift = TimeSpan.FromMinutes(58);
        _desk.Failure = new Azure.Identity.AuthenticationFailedException("away");
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(first, await tokens.GetAsync(Challenge("one", "vault.azure.net"), Ct));      // good for two minutes yet
            await Task.Delay(5, Ct);
        }

        Assert.Equal(2, _desk.Asked.Count);
    }

    private static KeyVaultChallenge Challenge(string tenant, string resource) =>
        KeyVaultChallenge.TryParse($"Bearer authorization=\"https://login.microsoftonline.com/{tenant}\", resource=\"https://{resource}\"")!;
}
