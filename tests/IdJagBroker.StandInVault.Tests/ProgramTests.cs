using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;

namespace IdJagBroker.StandIn.Tests;

/// <summary>The stand-in as a program of its own, as the demo starts it.</summary>
public sealed class ProgramTests
{
    [Fact]
    public async Task Writes_down_where_it_is_and_how_to_get_in_and_runs_until_told_to_end()
    {
        var parent = Directory.CreateTempSubdirectory("idjag-vault-");
        var folder = Path.Combine(parent.FullName, "vault");
        using var program = Process.Start(new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "IdJagBroker.StandInVault.dll"), folder]) { RedirectStandardOutput = true })!;
        try
        {
            for (var waited = 0; !File.Exists(Path.Combine(folder, "url")) && waited < 200; waited++) await Task.Delay(100, TestContext.Current.CancellationToken);
            var (url, token) = (await ReadAsync("url"), await ReadAsync("token"));
            foreach (var name in new[] { "url", "token", "root.pem" })
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, name)));

            using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, SslOptions = { CertificateChainPolicy = Only(Path.Combine(folder, "root.pem")) } });
            Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync($"{url}keys?api-version=7.4", TestContext.Current.CancellationToken)).StatusCode);
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync($"{url}keys?api-version=7.4", TestContext.Current.CancellationToken)).StatusCode);
        }
        finally
        {
            program.Kill();
            parent.Delete(recursive: true);
        }

        Task<string> ReadAsync(string name) => File.ReadAllTextAsync(Path.Combine(folder, name), TestContext.Current.CancellationToken);
    }

    private static X509ChainPolicy Only(string rootFile)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(rootFile);
        return policy;
    }
}
