using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Azure.Core;
using Azure.Core.Pipeline;
using IdJagBroker.Demo.McpServer;

namespace IdJagBroker.Demo.Walk;

/// <summary>A stand-in for a key vault, in a process of its own as a real one would be; its keys are gone when it stops.</summary>
internal sealed class DemoVault : IAsyncDisposable
{
    private const string NotesKey = "keys/notes-access-token";

    private readonly Process _process;
    private readonly string _folder;
    private HttpClient? _http;

    private DemoVault(Process process, string folder) => (_process, _folder) = (process, folder);

    public string Url => Read("url");

    /// <summary>For what knows its keys, which must be gone when they are.</summary>
    public string State => Path.Combine(_folder, "state");

    /// <summary>The broker's configuration for it.</summary>
    public string[] Settings =>
        ["--Keys:Mode=vault", $"--Keys:Vault:Url={Url}", "--Keys:Vault:Credential=test-token", $"--Keys:Vault:TestToken={Read("token")}", $"--Keys:Vault:TrustedRootFile={Path.Combine(_folder, "root.pem")}"];

    /// <summary>Starts it and waits until it answers.</summary>
    /// <param name="program">The stand-in's assembly, as it was built.</param>
    /// <exception cref="WalkFailedException">It did not start.</exception>
    public static async Task<DemoVault> StartAsync(string program, CancellationToken ct)
    {
        if (!File.Exists(program)) throw new WalkFailedException($"{program} has not been built: ./demo.sh --vault does so.");
        var folder = Directory.CreateTempSubdirectory("idjag-demo-vault-").FullName;
        var process = Process.Start(new ProcessStartInfo("dotnet", ["exec", program, folder]) { RedirectStandardOutput = true })!;
        var vault = new DemoVault(process, folder);
        for (var tries = 0; !File.Exists(Path.Combine(folder, "url")); tries++)
        {
            if (process.HasExited || tries > 300)
            {
                await vault.DisposeAsync();
                throw new WalkFailedException("The stand-in vault did not start.");
            }
            await Task.Delay(100, ct);
        }
        return vault;
    }

    /// <summary>The vendor's key: made as an operator would make it, and opened as a vendor's server does at its start.</summary>
    /// <exception cref="VaultSigningException">It cannot sign.</exception>
    public async Task<VaultSigningKey> OpenNotesKeyAsync(CancellationToken ct)
    {
        var root = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        root.CustomTrustStore.ImportFromPemFile(Path.Combine(_folder, "root.pem"));
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = root } });
        var key = new Uri(new Uri(Url), NotesKey);
        using var make = new HttpRequestMessage(HttpMethod.Post, new Uri(key + "/create?api-version=7.4"))
        {
            Headers = { Authorization = new("Bearer", Read("token")) },
            Content = JsonContent.Create(new { kty = "EC", crv = "P-256", key_ops = (string[])["sign", "verify"] }),
        };
        using var made = await _http.SendAsync(make, ct);
        if (!made.IsSuccessStatusCode) throw new WalkFailedException("The stand-in vault made no key.");
        // A real vault takes an identity here: new DefaultAzureCredential().
        var identity = DelegatedTokenCredential.Create((_, _) => new AccessToken(Read("token"), DateTimeOffset.MaxValue));
        return await VaultSigningKey.OpenAsync(key, identity, new HttpClientTransport(_http), ct);
    }

    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string Read(string name) => File.ReadAllText(Path.Combine(_folder, name)).Trim();
}
