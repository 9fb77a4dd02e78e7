using System.Diagnostics;
using System.Text.Json.Nodes;

namespace IdJagBroker.RealClients.Tests;

/// <summary>Runs a program of this project's folder with Node.js: it reaches 127.0.0.1 and nothing else of ours, and ends with the test.</summary>
internal static class NodeProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Runs one scenario of <c>scenarios.mjs</c> for somebody who has signed in.</summary>
    public static async Task<JsonObject> ScenarioAsync(string scenario, Enterprise enterprise, TicketServer server, params (string Name, string Value)[] more)
    {
        var given = new JsonObject
        {
            ["broker"] = enterprise.Broker, ["brokerClientId"] = Enterprise.ClientId, ["brokerSecret"] = enterprise.Secret, ["idToken"] = await enterprise.SignInAsync(),
            ["issuer"] = server.Issuer, ["resource"] = server.Resource, ["clientId"] = TicketServer.ClientId, ["clientSecret"] = enterprise.SecretAtTickets,
        };
        foreach (var (name, value) in more) given[name] = value;
        var (status, output) = await RunAsync(["scenarios.mjs", scenario], given.ToJsonString());
        Assert.True(status is 0, output);
        return JsonNode.Parse(output)!.AsObject();
    }

    /// <summary>Gives the exit status, and the standard output, or the standard error if it ended badly.</summary>
    public static async Task<(int Status, string Output)> RunAsync(IEnumerable<string> arguments, string input = "")
    {
        using var node = Start(arguments);
        using var end = new CancellationTokenSource(Patience);
        try
        {
            var (output, errors) = (node.StandardOutput.ReadToEndAsync(end.Token), node.StandardError.ReadToEndAsync(end.Token));
            await node.StandardInput.WriteAsync(input.AsMemory(), end.Token);
            node.StandardInput.Close();
            await node.WaitForExitAsync(end.Token);
            return (node.ExitCode, node.ExitCode is 0 ? await output : await errors + await output);
        }
        finally
        {
            if (!node.HasExited) node.Kill();
        }
    }

    /// <summary>Runs a program that asks questions: a line of JSON in, a line of JSON for each question and its answer, until the program says what it <c>found</c>.</summary>
    public static async Task<JsonObject> ConverseAsync(IEnumerable<string> arguments, JsonObject given, Func<JsonObject, Task<JsonObject>> answer)
    {
        using var node = Start(arguments);
        using var end = new CancellationTokenSource(Patience);
        try
        {
            var errors = node.StandardError.ReadToEndAsync(end.Token);
            for (var said = given; ;)
            {
                await node.StandardInput.WriteLineAsync(said.ToJsonString().AsMemory(), end.Token);
                await node.StandardInput.FlushAsync(end.Token);
                if (await node.StandardOutput.ReadLineAsync(end.Token) is not { } line) throw new InvalidOperationException(await errors);
                var asked = JsonNode.Parse(line)!.AsObject();
                if (asked["found"] is JsonObject found) return found;
                said = await answer(asked);
            }
        }
        finally
        {
            if (!node.HasExited) node.Kill();
        }
    }

    private static Process Start(IEnumerable<string> arguments)
    {
        Assert.True(Directory.Exists(Path.Combine(Folder, "node_modules", "@modelcontextprotocol", "client")),
            "The clients are not installed. Type: npm ci --ignore-scripts --prefix tests/IdJagBroker.RealClients.Tests");
        return Process.Start(new ProcessStartInfo("node", arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["NODE_OPTIONS"] = "", ["NO_PROXY"] = "127.0.0.1", ["NO_COLOR"] = "1" },
        })!;
    }

    /// <summary>The folder of this project.</summary>
    public static string Folder { get; } = Path.Combine(Repository, "tests", "IdJagBroker.RealClients.Tests");

    /// <summary>The root of the repository.</summary>
    public static string Repository
    {
        get
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
                if (File.Exists(Path.Combine(folder.FullName, "IdJagBroker.sln"))) return folder.FullName;
            throw new DirectoryNotFoundException("IdJagBroker.sln is in no folder above the tests.");
        }
    }
}
