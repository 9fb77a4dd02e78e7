using System.Diagnostics;
using IdJagBroker.Hosting;
using IdJagBroker.Keys.Life;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Keys.Providers;

/// <summary>What of the settings of the modes stops the start, and in which words; of the mode in use only.</summary>
public sealed class KeySettingsTests(BrokerPostgres postgres)
{
    private const string Vault = "--Keys:Vault:Url=https://contoso.vault.azure.net/";

    [Theory]
    [InlineData("Url must be the vault's address", "--Keys:Mode=vault")]
    [InlineData("Url must be the vault's address", "--Keys:Mode=wrapped")]
    [InlineData("not the address of a vault", "--Keys:Mode=vault", "--Keys:Vault:Url=https://contoso.example/")]
    [InlineData("not the address of a vault", "--Keys:Mode=vault", "--Keys:Vault:Url=http://contoso.vault.azure.net/")]
    [InlineData("Keys:Vault:Credential must be", "--Keys:Mode=vault", Vault, "--Keys:Vault:Credential=client-secret")]
    [InlineData("test-token", "--Keys:Mode=vault", Vault, "--Keys:Vault:Credential=test-token")]
    [InlineData("Share", "--Keys:Mode=vault", Vault, "--Keys:Vault:Share=2")]
    [InlineData("Share", "--Keys:Mode=vault", Vault, "--Keys:Vault:Share=half")]
    [InlineData("Uri", "--Keys:Mode=vault", Vault, "--Keys:Vault:Uri=https://other.vault.azure.net/")]
    [InlineData("KeyPrefix", "--Keys:Mode=vault", Vault, "--Keys:Vault:KeyPrefix=a/b")]
    [InlineData("not both", "--Keys:Mode=vault", Vault, "--Keys:Vaults:0:Url=https://fabrikam.vault.azure.net/")]
    [InlineData("twice", "--Keys:Mode=vault", "--Keys:Vaults:0:Url=https://contoso.vault.azure.net/", "--Keys:Vaults:1:Url=https://contoso.vault.azure.net/")]
    [InlineData("Keys:Vaults:1", "--Keys:Mode=vault", "--Keys:Vaults:0:Url=https://contoso.vault.azure.net/", "--Keys:Vaults:1:Share=0.5")]
    [InlineData("one vault", "--Keys:Mode=wrapped", "--Keys:Vaults:0:Url=https://contoso.vault.azure.net/", "--Keys:Vaults:1:Url=https://fabrikam.vault.azure.net/")]
    [InlineData("KeyEncryptionKey", "--Keys:Mode=wrapped", Vault, "--Keys:Wrapped:KeyEncryptionKey=")]
    [InlineData("ProvenanceKey", "--Keys:Mode=wrapped", Vault, "--Keys:Wrapped:ProvenanceKey=a b")]
    [InlineData("Life must be 1 to 24 hours", "--Keys:Mode=wrapped", Vault, "--Keys:Wrapped:Life=1.00:00:01")]
    [InlineData("three times Keys:PublishAhead", "--Keys:Mode=wrapped", Vault, "--Keys:PublishAhead=12:00:00")]
    public async Task Stop_the_start_in_words(string saying, params string[] settings)
    {
        await using var broker = new BrokerFixture(postgres);

        var failure = await Assert.ThrowsAsync<StartupFailedException>(() => broker.StartAsync(settings));
        Assert.Contains(saying, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_mode_that_is_not_in_use_are_not_read()
    {
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync(["--Keys:Vault:Url=nowhere", "--Keys:Wrapped:Life=99"]);

        (await broker.Token.ExchangeAsync()).IsGranted();
    }

    [Fact]
    public async Task May_be_changed_from_one_mode_to_another_and_keys_of_both_verify()
    {
        await using var vault = await VaultBroker.StartAsync(postgres);
        var (before, database) = ((await vault.ActiveAsync()).Kid, vault.Broker.ConnectionString);
        await vault.ChangeModeAsync("wrapped");

        await vault.IsGrantedAsync();       // signed as before: verifiers do not know the new key yet
        for (var watch = Stopwatch.StartNew(); (await vault.RowsAsync()).Count(row => row.Provider is "wrapped" && row.State is KeyState.Published) < 2; await Task.Delay(50, TestContext.Current.CancellationToken))
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), "not both keys of the new mode");
        Assert.Equal(KeyState.Active, (await vault.RowsAsync()).Single(row => row.Kid == before).State);
        await Sql.ExecuteAsync(database, "update signing_key set published_at = published_at - interval '1 day' where state = 'published' returning 1");
        for (var watch = Stopwatch.StartNew(); (await vault.RowsAsync()).Single(row => row.Kid == before).State is not KeyState.Retired; await Task.Delay(50, TestContext.Current.CancellationToken))
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), "still the vault's");
        await vault.IsGrantedAsync();
        Assert.Equal("wrapped", (await vault.ActiveAsync()).Provider);
        Assert.Contains(before, await vault.Broker.Http.GetStringAsync(new Uri(vault.Broker.Issuer + "/oauth2/jwks"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
