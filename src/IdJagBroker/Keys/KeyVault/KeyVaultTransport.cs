using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Azure.Core.Pipeline;

namespace IdJagBroker.Keys.KeyVault;

/// <summary>The connections to one vault: its own, without redirects and cookies.</summary>
internal static class KeyVaultTransport
{
    /// <exception cref="InvalidOperationException"><c>Keys:Vault:TrustedRootFile</c> outside Development, or no certificate in it.</exception>
    public static HttpClientTransport Create(KeyVaultOptions options, VaultAddress vault, bool development)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,              // the token goes where we send it
            UseCookies = false,
            UseProxy = !vault.IsLoopback,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromSeconds(1),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),     // a vault that fails over has another address
        };
        if (options.TrustedRootFile is { Length: > 0 } file)
        {
            if (!development) throw new InvalidOperationException("Keys:Vault:TrustedRootFile is for Development only.");
            handler.SslOptions.CertificateChainPolicy = Only(file);
        }
        return Over(handler);
    }

    /// <summary>Over a handler of the caller's, which it disposes of.</summary>
    internal static HttpClientTransport Over(SocketsHttpHandler handler) => new(new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan });

    private static X509ChainPolicy Only(string rootFile)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(rootFile);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"Keys:Vault:TrustedRootFile {rootFile} cannot be read.", e);
        }
        return policy.CustomTrustStore.Count > 0 ? policy : throw new InvalidOperationException($"Keys:Vault:TrustedRootFile {rootFile} holds no certificate.");
    }
}
