using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.StandIn;
using IdJagBroker.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.Tests.Keys.Providers;

/// <summary>The audit log's keys, which auditors keep: in each mode they stay in the vault, one of each, for long.</summary>
public sealed class LogKeysTests(BrokerPostgres postgres)
{
    private static readonly KeyPurpose[] OfTheLog = [KeyPurpose.AuditCheckpoint, KeyPurpose.AuditExport];

    [Fact]
    public async Task Stay_in_the_vault_where_those_of_tokens_are_wrapped()
    {
        await using var vault = await VaultBroker.StartAsync(postgres, "wrapped", settings: ["--Keys:RotateEvery=10:00:00", "--Keys:PublishAhead=00:30:00"]);
        foreach (var (purpose, name) in OfTheLog.Zip(["idjag-audit-checkpoint-es256", "idjag-audit-export-es256"]))
        {
            var row = await vault.ActiveAsync(purpose: purpose);
            Assert.Equal(("vault", vault.Configured.Place, null, null, null), (row.Provider, row.Place, row.Wrapped, row.Provenance, row.NotAfter));
            Assert.Equal(row.Reference, (await vault.Client.GetKeyAsync(name, TestContext.Current.CancellationToken)).Id.ToString());
            Assert.Equal(new KeyTimes(TimeSpan.FromHours(24), TimeSpan.FromDays(90)), vault.Provider.TimesFor(purpose));      // not the short ones of the mode
        }
        Assert.Equal(new KeyTimes(TimeSpan.FromHours(24), TimeSpan.FromDays(90)), vault.Provider.TimesFor(KeyPurpose.PolicyRelease));
        var token = await vault.ActiveAsync(purpose: KeyPurpose.AccessToken);
        Assert.Equal(("wrapped", true), (token.Provider, token.Wrapped is not null && token.Provenance is not null));
        Assert.Equal(new KeyTimes(TimeSpan.FromMinutes(30), TimeSpan.FromHours(10)), vault.Provider.TimesFor(KeyPurpose.AccessToken));
    }

    [Fact]
    public async Task Are_in_the_first_of_several_vaults_only()
    {
        await using var vault = await VaultBroker.StartAsync(postgres, vaults: 3);
        foreach (var purpose in OfTheLog) Assert.Equal(vault.Configured.Place, (await vault.ActiveAsync(purpose: purpose)).Place);
        Assert.Equal([vault.Configured.Place], vault.Provider.Places(KeyPurpose.PolicyRelease, JwsAlgorithm.ES256));
        Assert.Equal(3, (await vault.RowsAsync()).Count(row => row.Purpose is KeyPurpose.AccessToken));
    }

    [Fact]
    public async Task Are_the_same_before_and_after_a_change_of_mode()
    {
        await using var vault = await VaultBroker.StartAsync(postgres, "wrapped");
        var before = (await vault.ActiveAsync(purpose: KeyPurpose.AuditCheckpoint)).Kid;
        await vault.ChangeModeAsync("vault");
        var ring = vault.Broker.Services.GetRequiredService<SigningKeyRing>();
        Assert.Equal(before, ring.For(KeyPurpose.AuditCheckpoint, JwsAlgorithm.ES256).PublicKey.Thumbprint);
        Assert.Equal(before, (await vault.ActiveAsync(purpose: KeyPurpose.AuditCheckpoint)).Kid);
    }

    [Fact]
    public async Task Hold_up_no_token_where_an_operator_has_yet_to_make_them()
    {
        await using var vault = await VaultBroker.StartAsync(postgres, role: VaultRole.CryptoUser, before: async vault =>
        {
            await vault.MakeKeyAsync(VaultBroker.KeyName);
            await vault.MakeKeyAsync("idjag-id-jag-rs256", "RSA");
        });
        Assert.Equal("ready", await vault.Broker.ReadinessAsync());
        await vault.IsGrantedAsync();
        var ring = vault.Broker.Services.GetRequiredService<SigningKeyRing>();
        foreach (var purpose in OfTheLog) Assert.Throws<SigningUnavailableException>(() => ring.For(purpose, JwsAlgorithm.ES256));
    }
}
