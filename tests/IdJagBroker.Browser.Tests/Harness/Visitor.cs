using System.Text.Json.Nodes;

namespace IdJagBroker.Browser.Tests.Harness;

/// <summary>Somebody at a browser of their own; tabs share its cookies.</summary>
internal sealed class Visitor(Driver driver, int id)
{
    /// <summary>A new tab, empty.</summary>
    public async Task<Page> NewTabAsync() => new(driver, (int)(await driver.AskAsync("tab", ("person", id)))!);

    /// <summary>A new tab with a page.</summary>
    public async Task<Page> OpenAsync(string url)
    {
        var page = await NewTabAsync();
        await page.OpenAsync(url);
        return page;
    }

    /// <summary>The names of the cookies that the browser keeps for a host.</summary>
    public async Task<IReadOnlyList<string>> CookiesAsync(string host) =>
        [.. (await driver.AskAsync("cookies", ("person", id)))!.AsArray().Where(cookie => (string?)cookie!["domain"] == host).Select(cookie => (string)cookie!["name"]!).Order(StringComparer.Ordinal)];

    /// <summary>
    /// What no page may do, and one of these did since last asked: reach for another machine, write an error or a warning to the console (a broken Content Security Policy among them),
    /// fail in a script or to load something, open a dialog.
    /// </summary>
    public async Task<IReadOnlyList<string>> ComplaintsAsync() =>
        [.. (await driver.AskAsync("complaints", ("person", id)))!.AsArray().Select(complaint => (string)complaint!)];

    /// <summary>Closes the browser, which forgets everything.</summary>
    public Task LeaveAsync() => driver.AskAsync("leave", ("person", id));
}
