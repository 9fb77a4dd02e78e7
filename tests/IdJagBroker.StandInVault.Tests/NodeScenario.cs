using System.Diagnostics;
using System.Text.Json.Nodes;

namespace IdJagBroker.StandIn.Tests;

/// <summary>Runs one scenario of <c>scenarios.mjs</c> with Node.js.</summary>
internal static class NodeScenario
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public static async Task<JsonObject> RunAsync(string scenario, StandInVault vault)
    {
        var folder = Path.Combine(Repository(), "tests", "IdJagBroker.StandInVault.Tests");
        Assert.True(Directory.Exists(Path.Combine(folder, "node_modules", "@azure", "keyvault-keys")),
            "Microsoft's client is not installed. Type: npm ci --ignore-scripts --prefix tests/IdJagBroker.StandInVault.Tests");
        var root = Directory.CreateTempSubdirectory("idjag-vault-");
        try
        {
            var pem = Path.Combine(root.FullName, "root.pem");
            await File.WriteAllTextAsync(pem, vault.RootCertificatePem);
            using var node = Process.Start(new ProcessStartInfo("node", ["scenarios.mjs", scenario, vault.Url.AbsoluteUri])
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["NODE_EXTRA_CA_CERTS"] = pem, ["NO_PROXY"] = "127.0.0.1", ["NODE_OPTIONS"] = "" },
            })!;
            using var end = new CancellationTokenSource(Patience);
            var (output, errors) = (node.StandardOutput.ReadToEndAsync(end.Token), node.StandardError.ReadToEndAsync(end.Token));
            try
            {
                await node.WaitForExitAsync(end.Token);
            }
            finally
            {
                if (!node.HasExited) node.Kill();
            }
            Assert.True(node.ExitCode is 0, await errors);
            return JsonNode.Parse(await output) as JsonObject ?? new JsonObject { ["value"] = JsonNode.Parse(await output) };
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    private static string Repository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "IdJagBroker.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException("IdJagBroker.sln is in no folder above the tests.");
    }
}
