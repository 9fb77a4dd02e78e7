using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace IdJagBroker.Browser.Tests.Harness;

/// <summary>
/// <c>driver.mjs</c> in Node.js, which drives one Chromium: a command is a line of JSON, and so is its answer. Several can be under way. It ends with this process,
/// because its input ends with it.
/// </summary>
internal sealed class Driver : IAsyncDisposable
{
    // The driver's own limits are shorter, and say more.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _node;
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode?>> _waiting = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Task _reading;
    private readonly Task<string> _errors;
    private int _count;

    private Driver(Process node) => (_node, _errors, _reading) = (node, node.StandardError.ReadToEndAsync(), ReadAsync(node.StandardOutput));

    /// <summary>Starts it with a browser.</summary>
    public static Driver Start(string chromium, params IEnumerable<string> arguments)
    {
        Assert.True(Directory.Exists(Path.Combine(Repository.Project, "node_modules", "playwright-core")),
            "The browser's driver is not installed. Type: npm ci --ignore-scripts --prefix tests/IdJagBroker.Browser.Tests");
        return new Driver(Process.Start(new ProcessStartInfo("node", ["driver.mjs", chromium, .. arguments])
        {
            WorkingDirectory = Repository.Project,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["NODE_OPTIONS"] = "", ["NO_COLOR"] = "1", ["HTTP_PROXY"] = "", ["HTTPS_PROXY"] = "", ["http_proxy"] = "", ["https_proxy"] = "" },
        })!);
    }

    /// <summary>Sends a command; gives its value.</summary>
    /// <exception cref="BrowserException">The browser could not do it in time.</exception>
    public async Task<JsonNode?> AskAsync(string command, params (string Name, JsonNode? Value)[] given)
    {
        var id = Interlocked.Increment(ref _count);
        var answer = _waiting[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var line = new JsonObject { ["id"] = id, ["command"] = command };
        foreach (var (name, value) in given) line[name] = value;
        if (_reading.IsCompleted) throw await EndedAsync();
        await _writing.WaitAsync();
        try
        {
            await _node.StandardInput.WriteLineAsync(line.ToJsonString());
            await _node.StandardInput.FlushAsync();
        }
        finally
        {
            _writing.Release();
        }
        try
        {
            return await answer.Task.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            throw new BrowserException($"{command} had no answer in {Patience}.");
        }
    }

    /// <summary>Ends browser and driver.</summary>
    public async ValueTask DisposeAsync()
    {
        _node.StandardInput.Close();
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            await _node.WaitForExitAsync(end.Token);
        }
        catch (OperationCanceledException)
        {
            _node.Kill(entireProcessTree: true);
        }
        _node.Dispose();
        _writing.Dispose();
    }

    private async Task ReadAsync(StreamReader output)
    {
        while (await output.ReadLineAsync() is { } line)
        {
            var answer = JsonNode.Parse(line)!.AsObject();
            if (!_waiting.TryRemove((int)answer["id"]!, out var waiting)) continue;
            if ((string?)answer["error"] is { } error) waiting.TrySetException(new BrowserException(error));
            else waiting.TrySetResult(answer["value"]);
        }
        var ended = await EndedAsync();
        foreach (var waiting in _waiting.Values) waiting.TrySetException(ended);
    }

    private async Task<BrowserException> EndedAsync() => new("The browser's driver has ended: " + await _errors);
}
