using Azure.Core;
using Azure.Identity;

namespace IdJagBroker.Keys.KeyVault;

/// <summary>Who the broker is to its vault. There is no kind with a secret in the configuration.</summary>
internal static class KeyVaultCredentials
{
    /// <exception cref="InvalidOperationException">A real identity for a stand-in, or a test's token for a real vault.</exception>
    public static TokenCredential Create(KeyVaultOptions options, VaultAddress vault, bool development)
    {
        // A stand-in must not get a token that is worth something, nor may a vault be opened with one that somebody wrote down.
        if (vault.IsLoopback != (options.Credential is "test-token"))
            throw new InvalidOperationException("Keys:Vault:Credential 'test-token' is for a stand-in on this machine, and a stand-in takes no other.");
        return options.Credential switch
        {
            "test-token" when development && options.TestToken is { Length: > 0 } token => new TestToken(token),
            "test-token" => throw new InvalidOperationException("Keys:Vault:TestToken is for Development, and must be given there."),
            "workload-identity" => new WorkloadIdentityCredential(Workload(options, vault)),
            "managed-identity" => new ManagedIdentityCredential(Identity(options)),
            _ => new DefaultAzureCredential(Default(options, vault, development)),
        };
    }

    private static WorkloadIdentityCredentialOptions Workload(KeyVaultOptions options, VaultAddress vault)
    {
        var workload = new WorkloadIdentityCredentialOptions { AuthorityHost = vault.AuthorityHost! };
        if (options.ClientId is { Length: > 0 }) workload.ClientId = options.ClientId;          // otherwise AZURE_CLIENT_ID, and so on
        if (options.TenantId is { Length: > 0 }) workload.TenantId = options.TenantId;
        return workload;
    }

    private static ManagedIdentityId Identity(KeyVaultOptions options) =>
        options.ClientId is { Length: > 0 } id ? ManagedIdentityId.FromUserAssignedClientId(id) : ManagedIdentityId.SystemAssigned;

    private static DefaultAzureCredentialOptions Default(KeyVaultOptions options, VaultAddress vault, bool development)
    {
        var chosen = new DefaultAzureCredentialOptions
        {
            AuthorityHost = vault.AuthorityHost!,
            // On a server, whoever last typed "az login" is not the broker.
            ExcludeAzureCliCredential = !development,
            ExcludeAzurePowerShellCredential = !development,
            ExcludeAzureDeveloperCliCredential = !development,
            ExcludeVisualStudioCredential = !development,
            ExcludeVisualStudioCodeCredential = !development,
            ExcludeInteractiveBrowserCredential = true,
            ExcludeBrokerCredential = true,
        };
        if (options.ClientId is { Length: > 0 } id) (chosen.ManagedIdentityClientId, chosen.WorkloadIdentityClientId) = (id, id);
        if (options.TenantId is { Length: > 0 } tenant) chosen.TenantId = tenant;
        return chosen;
    }

    private sealed class TestToken(string token) : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(token, DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            ValueTask.FromResult(GetToken(requestContext, cancellationToken));
    }
}
