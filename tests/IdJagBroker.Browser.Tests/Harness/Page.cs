using System.Text.Json.Nodes;

namespace IdJagBroker.Browser.Tests.Harness;

/// <summary>A tab. Controls are named as a screen reader names them; whatever is not there yet is waited for, 30 s at most.</summary>
internal sealed class Page(Driver driver, int id)
{
    /// <summary>Goes to an address, and waits for what comes.</summary>
    public Task OpenAsync(string url) => DoAsync("open", ("url", url));

    public Task BackAsync() => DoAsync("back");

    public Task ForwardAsync() => DoAsync("forward");

    public Task ReloadAsync() => DoAsync("reload");

    /// <summary>Fills in the field with this label.</summary>
    public Task FillAsync(string label, string text) => DoAsync("fill", ("label", label), ("text", text));

    /// <summary>Presses the button with this name.</summary>
    public Task PressButtonAsync(string name) => DoAsync("click", ("role", "button"), ("name", name));

    /// <summary>Follows the link with this text.</summary>
    public Task FollowAsync(string name) => DoAsync("click", ("role", "link"), ("name", name));

    /// <summary>Presses keys, such as <c>Tab</c> or <c>Shift+Tab</c>.</summary>
    public Task PressKeysAsync(string keys) => DoAsync("press", ("keys", keys));

    /// <summary>Types where the focus is.</summary>
    public Task TypeAsync(string text) => DoAsync("type", ("text", text));

    /// <summary>What has the focus, as role and name: <c>button "Sign in"</c>.</summary>
    public async Task<string> FocusedAsync() => (string)(await AskAsync("focused"))!;

    /// <summary>Waits for a page with this heading.</summary>
    public Task SeesHeadingAsync(string name, int milliseconds = 30_000) => DoAsync("see", ("role", "heading"), ("name", name), ("timeout", milliseconds));

    /// <summary>Waits for what a screen reader says at once (<c>role="alert"</c>).</summary>
    public Task SeesAlertAsync(string text) => DoAsync("alert", ("text", text));

    /// <summary>Waits until the address begins so.</summary>
    public Task ArrivesAsync(string url) => DoAsync("arrive", ("url", url));

    /// <summary>What a field holds.</summary>
    public async Task<string> ValueAsync(string label) => (string)(await AskAsync("value", ("label", label)))!;

    /// <summary>What a screen reader says of a field beside its name.</summary>
    public async Task<string> DescriptionAsync(string label) => (string)(await AskAsync("description", ("label", label)))!;

    public async Task<string> UrlAsync() => (string)(await AskAsync("url"))!;

    public async Task<string> TitleAsync() => (string)(await AskAsync("title"))!;

    /// <summary>What there is to read.</summary>
    public async Task<string> TextAsync() => (string)(await AskAsync("text"))!;

    /// <summary>The document as it stands.</summary>
    public async Task<string> HtmlAsync() => (string)(await AskAsync("html"))!;

    /// <summary>The status that the document came with.</summary>
    public async Task<int> StatusAsync() => (int)(await AskAsync("answer"))!["status"]!;

    /// <summary>The origins of everything that this tab was answered by, redirects among it, in order.</summary>
    public async Task<IReadOnlyList<string>> PlacesAsync() => [.. (await AskAsync("places"))!.AsArray().Select(place => (string)place!)];

    /// <summary>How the page, as it stands, breaks the rules for every page (<c>page-rules.mjs</c>); empty if it keeps to them.</summary>
    /// <param name="rules">Some of them; none means all.</param>
    public async Task<IReadOnlyList<string>> BrokenRulesAsync(params string[] rules) =>
        [.. (await AskAsync("broken", ("rules", rules is [] ? null : new JsonArray([.. rules]))))!.AsArray().Select(finding => (string)finding!)];

    /// <summary>Takes a picture for the documentation, of two dots for each CSS pixel.</summary>
    public Task TakePictureAsync(string path, int width, int height) => DoAsync("picture", ("path", path), ("width", width), ("height", height));

    private Task DoAsync(string command, params (string Name, JsonNode? Value)[] given) => AskAsync(command, given);

    private Task<JsonNode?> AskAsync(string command, params (string Name, JsonNode? Value)[] given) => driver.AskAsync(command, [("page", id), .. given]);
}
