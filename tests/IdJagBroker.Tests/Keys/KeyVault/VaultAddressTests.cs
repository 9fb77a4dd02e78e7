using IdJagBroker.Keys.KeyVault;

namespace IdJagBroker.Tests.Keys.KeyVault;

/// <summary>Which hosts are vaults, and which keys are on them.</summary>
public sealed class VaultAddressTests
{
    private const string Version = "0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("https://contoso.vault.azure.net/", "vault.azure.net", false)]
    [InlineData("https://contoso.vault.azure.net", "vault.azure.net", false)]
    [InlineData("https://CONTOSO.vault.azure.net:443/", "vault.azure.net", false)]
    [InlineData("https://contoso.vault.azure.cn/", "vault.azure.cn", false)]
    [InlineData("https://contoso.vault.usgovcloudapi.net/", "vault.usgovcloudapi.net", false)]
    [InlineData("https://contoso.managedhsm.azure.net/", "managedhsm.azure.net", true)]
    [InlineData("https://contoso.westeurope.managedhsm.azure.net/", "managedhsm.azure.net", true)]
    [InlineData("https://contoso.managedhsm.azure.cn/", "managedhsm.azure.cn", true)]
    [InlineData("https://contoso.managedhsm.usgovcloudapi.net/", "managedhsm.usgovcloudapi.net", true)]
    public void Knows_the_vaults_of_each_cloud(string url, string suffix, bool managedHsm)
    {
        Assert.True(VaultAddress.TryParse(url, development: false, out var vault));
        Assert.Equal((suffix, managedHsm, false), (vault.Suffix, vault.IsManagedHsm, vault.IsLoopback));
    }

    [Theory]
    [InlineData("https://contoso.vault.azure.net/", "https://login.microsoftonline.com/")]
    [InlineData("https://contoso.managedhsm.azure.cn/", "https://login.chinacloudapi.cn/")]
    [InlineData("https://contoso.vault.usgovcloudapi.net/", "https://login.microsoftonline.us/")]
    public void Takes_its_tokens_from_its_own_cloud(string url, string authority)
    {
        Assert.True(VaultAddress.TryParse(url, development: false, out var vault));
        Assert.Equal(authority, vault.AuthorityHost!.AbsoluteUri);
    }

    [Theory]
    [InlineData("http://contoso.vault.azure.net/")]
    [InlineData("https://contoso.vault.azure.net:8443/")]
    [InlineData("https://contoso.vault.azure.net/keys")]
    [InlineData("https://contoso.vault.azure.net/?a=b")]
    [InlineData("https://someone@contoso.vault.azure.net/")]
    [InlineData("https://contoso.vault.azure.net.evil.example/")]
    [InlineData("https://contosovault.azure.net/")]
    [InlineData("https://a.b.vault.azure.net/")]
    [InlineData("https://vault.azure.net/")]
    [InlineData("https://a.b.c.managedhsm.azure.net/")]
    [InlineData("https://evil.example/")]
    [InlineData("https://10.0.0.1/")]
    [InlineData("vault.azure.net")]
    [InlineData("")]
    [InlineData(null)]
    public void Takes_no_other_host_in_Development_or_not(string? url)
    {
        Assert.False(VaultAddress.TryParse(url, development: false, out _));
        Assert.False(VaultAddress.TryParse(url, development: true, out _));
    }

    [Theory]
    [InlineData("https://127.0.0.1:8443/")]
    [InlineData("https://localhost:8443/")]
    [InlineData("https://[::1]:8443/")]
    public void Takes_this_machine_in_Development_only(string url)
    {
        Assert.True(VaultAddress.TryParse(url, development: true, out var vault));
        Assert.True(vault.IsLoopback);
        Assert.Null(vault.AuthorityHost);
        Assert.False(VaultAddress.TryParse(url, development: false, out _));
    }

    [Theory]
    [InlineData("https://vault.azure.net", true)]
    [InlineData("https://managedhsm.azure.net", false)]
    [InlineData("https://azure.net", false)]
    [InlineData("https://net", false)]
    [InlineData("https://contoso.vault.azure.net", false)]
    [InlineData("https://management.azure.com", false)]
    [InlineData("https://vault.azure.cn", false)]
    [InlineData("https://t.azure.net", false)]
    [InlineData("http://vault.azure.net", false)]
    public void May_ask_for_its_own_service_only(string resource, bool may)
    {
        Assert.True(VaultAddress.TryParse("https://contoso.vault.azure.net/", development: false, out var vault));
        Assert.Equal(may, vault.MayAskFor(new Uri(resource)));
    }

    [Theory]
    [InlineData($"https://contoso.vault.azure.net/keys/signing/{Version}", "signing", Version)]
    [InlineData("https://contoso.vault.azure.net/keys/signing", "signing", null)]
    [InlineData($"https://contoso.managedhsm.azure.net:443/keys/Idp-2/{Version}", "Idp-2", Version)]
    public void Reads_a_key_identifier(string text, string name, string? version)
    {
        Assert.True(KeyVaultKeyId.TryParse(text, development: false, out var id));
        Assert.Equal((name, version), (id.Name, id.Version));
    }

    [Theory]
    [InlineData($"https://evil.example/keys/signing/{Version}")]
    [InlineData($"https://127.0.0.1/keys/signing/{Version}")]
    [InlineData("https://contoso.vault.azure.net/keys/")]
    [InlineData("https://contoso.vault.azure.net/keys/signing/")]
    [InlineData("https://contoso.vault.azure.net/keys/signing/latest")]
    [InlineData($"https://contoso.vault.azure.net/keys/signing/{Version}/sign")]
    [InlineData($"https://contoso.vault.azure.net/secrets/signing/{Version}")]
    [InlineData($"https://contoso.vault.azure.net/keys/si_gning/{Version}")]
    [InlineData($"https://contoso.vault.azure.net/keys/%2e%2e/{Version}")]
    [InlineData($"https://contoso.vault.azure.net/keys/signing/{Version}?api-version=7.4")]
    public void Reads_no_other_identifier(string text) => Assert.False(KeyVaultKeyId.TryParse(text, development: false, out _));
}
