using Azure.Identity;
using IdJagBroker.Keys.KeyVault;
using IdJagBroker.StandIn;

namespace IdJagBroker.Tests.Keys.KeyVault;

/// <summary>What the configuration may ask for, in Development and outside it.</summary>
public sealed class KeyVaultConnectionTests : IAsyncDisposable
{
    private readonly string _root = Path.Combine(Path.GetTempPath(), $"idjag-{Path.GetRandomFileName()}.pem");

    public ValueTask DisposeAsync()
    {
        File.Delete(_root);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Reaches_a_stand_in_in_Development()
    {
        await using var vault = await StandInVault.StartAsync();
        var options = await OptionsAsync(vault);
        using var connection = Open(options, development: true);

        Assert.Empty(await connection.Client.ListKeysAsync(TestContext.Current.CancellationToken));
        Assert.All(vault.Calls.Skip(1), call => Assert.Equal(options.TestToken, call.Token));
    }

    [Fact]
    public async Task Follows_no_redirect()
    {
        await using var vault = await StandInVault.StartAsync();
        using var connection = Open(await OptionsAsync(vault), development: true);
        await connection.Client.ListKeysAsync(TestContext.Current.CancellationToken);
        vault.ForgetCalls();
        vault.Faults.Always(Fault.Redirect($"{vault.Url}keys/elsewhere"), call => call.Path is "/keys");
        await Assert.ThrowsAsync<KeyVaultUnavailableException>(() => connection.Client.ListKeysAsync(TestContext.Current.CancellationToken));

        Assert.Equal("/keys", Assert.Single(vault.Calls).Path);
    }

    [Fact]
    public async Task Trusts_no_other_root()
    {
        await using var vault = await StandInVault.StartAsync();
        await using var other = await StandInVault.StartAsync();
        var options = await OptionsAsync(vault);
        await File.WriteAllTextAsync(_root, other.RootCertificatePem, TestContext.Current.CancellationToken);
        foreach (var root in new[] { _root, null })
        {
            options.TrustedRootFile = root;
            using var connection = Open(options, development: true);
            await Assert.ThrowsAsync<KeyVaultUnavailableException>(() => connection.Client.ListKeysAsync(TestContext.Current.CancellationToken));
        }

        Assert.Empty(vault.Calls);
    }

    [Fact]
    public async Task Has_no_root_of_its_own_outside_Development()
    {
        await using var vault = await StandInVault.StartAsync();
        var options = await OptionsAsync(vault);
        (options.Url, options.Credential) = ("https://contoso.vault.azure.net/", "default");

        Refuses(options, development: false, "TrustedRootFile");
        using var development = Open(options, development: true);
    }

    [Fact]
    public async Task Goes_to_no_stand_in_outside_Development()
    {
        await using var vault = await StandInVault.StartAsync();
        Refuses(await OptionsAsync(vault), development: false, "Keys:Vault:Url");
    }

    [Theory]
    [InlineData("default"), InlineData("managed-identity"), InlineData("workload-identity")]
    public async Task Shows_a_stand_in_no_real_identity(string credential)
    {
        await using var vault = await StandInVault.StartAsync();
        var options = await OptionsAsync(vault);
        options.Credential = credential;

        Refuses(options, development: true, "test-token");
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public void Shows_a_vault_no_token_that_is_written_down(bool development) => Refuses(
        new KeyVaultOptions { Url = "https://contoso.vault.azure.net/", Credential = "test-token", TestToken = "written-down" }, development, "test-token");

    [Fact]
    public async Task Needs_the_token_for_a_stand_in()
    {
        await using var vault = await StandInVault.StartAsync();
        var options = await OptionsAsync(vault);
        options.TestToken = null;

        Refuses(options, development: true, "TestToken");
    }

    [Theory]
    [InlineData("default", typeof(DefaultAzureCredential))]
    [InlineData("managed-identity", typeof(ManagedIdentityCredential))]
    [InlineData("workload-identity", typeof(WorkloadIdentityCredential))]
    public void Is_who_the_configuration_says(string credential, Type type)
    {
        Assert.True(VaultAddress.TryParse("https://contoso.vault.azure.net/", development: false, out var vault));
        foreach (var clientId in new[] { null, "3f6c9f0e-0000-4000-8000-000000000001" })
            Assert.IsType(type, KeyVaultCredentials.Create(new KeyVaultOptions { Credential = credential, ClientId = clientId }, vault, development: false));
    }

    [Fact]
    public void Has_a_root_file_that_holds_a_certificate()
    {
        File.WriteAllText(_root, "no certificate");
        var options = new KeyVaultOptions { Url = "https://contoso.vault.azure.net/", TrustedRootFile = _root };
        Refuses(options, development: true, "TrustedRootFile");
        options.TrustedRootFile = _root + ".missing";
        Refuses(options, development: true, "TrustedRootFile");
    }

    private static void Refuses(KeyVaultOptions options, bool development, string about) =>
        Assert.Contains(about, Assert.Throws<InvalidOperationException>(() => Open(options, development)).Message, StringComparison.Ordinal);

    private static KeyVaultConnection Open(KeyVaultOptions options, bool development) =>
        KeyVaultConnection.Open(options, development, TimeProvider.System, new VaultSession.CollectedLog());

    private async Task<KeyVaultOptions> OptionsAsync(StandInVault vault)
    {
        await File.WriteAllTextAsync(_root, vault.RootCertificatePem, TestContext.Current.CancellationToken);
        return new KeyVaultOptions
        {
            Url = vault.Url.AbsoluteUri,
            Credential = "test-token",
            TestToken = vault.Tokens.Issue(VaultRole.CryptoUser),
            TrustedRootFile = _root,
        };
    }
}
