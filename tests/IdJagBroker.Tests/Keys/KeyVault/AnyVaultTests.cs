using System.Security.Cryptography;
using IdJagBroker.Keys.KeyVault;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.StandIn;

namespace IdJagBroker.Tests.Keys.KeyVault;

/// <summary>
/// What the broker needs of a vault, of whichever: the one that IDJAG_TEST_VAULT_URL names (docs/how-to/key-vault.md), otherwise the
/// stand-in. It leaves two disabled keys behind.
/// </summary>
public sealed class AnyVaultTests : IAsyncLifetime
{
    private readonly string _name = "idjag-test-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
    private readonly string _root = Path.Combine(Path.GetTempPath(), $"idjag-{Path.GetRandomFileName()}.pem");
    private StandInVault? _standIn;
    private KeyVaultConnection _connection = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private KeyVaultClient Client => _connection.Client;

    public async ValueTask InitializeAsync()
    {
        var options = new KeyVaultOptions { Url = Environment.GetEnvironmentVariable("IDJAG_TEST_VAULT_URL") ?? "" };
        if (options.Url is "")
        {
            _standIn = await StandInVault.StartAsync();
            await File.WriteAllTextAsync(_root, _standIn.RootCertificatePem);
            (options.Url, options.Credential, options.TestToken, options.TrustedRootFile) =
                (_standIn.Url.AbsoluteUri, "test-token", _standIn.Tokens.Issue(VaultRole.CryptoOfficer), _root);
        }
        _connection = KeyVaultConnection.Open(options, development: true, TimeProvider.System, new VaultSession.CollectedLog());
    }

    public async ValueTask DisposeAsync()
    {
        _connection.Dispose();
        File.Delete(_root);
        if (_standIn is not null) await _standIn.DisposeAsync();
    }

    [Fact]
    public async Task Signs_rotates_and_disables()
    {
        var kind = Client.Vault.IsManagedHsm ? VaultKeyKind.P256.Hardware : VaultKeyKind.P256;
        var first = await Client.CreateKeyAsync(_name, kind, ["sign", "verify"], Ct);
        Assert.Equal((kind, true, false), (first.Kind, first.Attributes.Enabled, first.Exportable));

        using var key = await KeyVaultSigningKey.OpenAsync(Client, _connection.Budget, new(Client.Vault, _name, null), JwsAlgorithm.ES256, Ct);
        Assert.Equal(first.Id, key.Id);
        Assert.Equal(64, (await key.SignDigestAsync(VaultSession.Digest(), Ct)).Length);        // and verified

        var second = await Client.RotateKeyAsync(_name, Ct);
        Assert.Equal(second.Id, (await Client.GetKeyAsync(_name, Ct)).Id);
        var versions = await Client.ListVersionsAsync(_name, Ct);
        Assert.Equivalent(new[] { first.Id, second.Id }, versions.Select(version => version.Id), strict: true);
        Assert.Contains(await Client.ListKeysAsync(Ct), listed => listed.Id.Name == _name);
        await key.SignDigestAsync(VaultSession.Digest(), Ct);

        foreach (var version in versions) Assert.False((await Client.SetEnabledAsync(version.Id, false, Ct)).Attributes.Enabled);
        var refused = await Assert.ThrowsAsync<KeyVaultRefusedException>(async () => await key.SignDigestAsync(VaultSession.Digest(), Ct));
        Assert.Equal(403, refused.Status);
        Assert.Equal(404, (await Assert.ThrowsAsync<KeyVaultRefusedException>(() => Client.GetKeyAsync(_name + "-none", Ct))).Status);
        Assert.NotNull(Client.ClockSkew);
    }

    [Fact]
    public async Task Wraps_and_unwraps()
    {
        var kind = Client.Vault.IsManagedHsm ? VaultKeyKind.Rsa(3072).Hardware : VaultKeyKind.Rsa(3072);
        var kek = await Client.CreateKeyAsync(_name + "-kek", kind, ["wrapKey", "unwrapKey"], Ct);
        using var local = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var plain = local.ExportPkcs8PrivateKey();
        var wrapped = await Client.WrapKeyAsync(kek.Id, plain, Ct);
        Assert.Equal(384, wrapped.Length);
        Assert.Equal(plain, await Client.UnwrapKeyAsync(kek.Id, wrapped, Ct));

        wrapped[7] ^= 1;
        Assert.Equal(400, (await Assert.ThrowsAsync<KeyVaultRefusedException>(() => Client.UnwrapKeyAsync(kek.Id, wrapped, Ct))).Status);
        await Client.SetEnabledAsync(kek.Id, false, Ct);
    }
}
