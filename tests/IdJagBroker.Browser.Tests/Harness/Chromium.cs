using System.Text.Json.Nodes;
using IdJagBroker.Browser.Tests.Harness;

[assembly: AssemblyFixture(typeof(Chromium))]

namespace IdJagBroker.Browser.Tests.Harness;

/// <summary>One headless Chromium for all scenarios, in which people do not see each other. It starts with the first of them.</summary>
public sealed class Chromium : IAsyncDisposable
{
    private const string MacOs = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];      // as in scripts/prerequisites.sh

    private readonly Lazy<Driver> _driver = new(() => Driver.Start(Find(), Environment.IsPrivilegedProcess ? ["--no-sandbox"] : []));   // its sandbox does not start as root

    /// <summary>Somebody with a browser of their own: no cookie of anybody else's, and no window open yet.</summary>
    internal async Task<Visitor> VisitorAsync(bool javaScript = true) =>
        new(_driver.Value, (int)(await _driver.Value.AskAsync("person", ("javaScriptEnabled", javaScript)))!);

    /// <summary>Its version.</summary>
    internal async Task<string> VersionAsync() => (string)(await _driver.Value.AskAsync("version"))!;

    public ValueTask DisposeAsync() => _driver.IsValueCreated ? _driver.Value.DisposeAsync() : ValueTask.CompletedTask;

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable("IDJAG_CHROMIUM") is { Length: > 0 } given) return given;
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return Names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).Append(MacOs).FirstOrDefault(File.Exists)
            ?? throw new BrowserException("There is no Chromium. Type: sudo apt-get install -y chromium (or name one in IDJAG_CHROMIUM)");
    }
}
