using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using IdJagBroker.Egress;

namespace IdJagBroker.Upstreams.Groups;

/// <summary>
/// Calls one directory's interface: its answers are JSON or a failure, and no answer of its can make this service send the directory's
/// credentials to another host.
/// </summary>
internal sealed class DirectoryHttp(EgressClient egress, Uri baseUrl, bool privateNetwork, TimeProvider clock)
{
    /// <summary>The longest that all calls about one person may take together.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>The most groups of one person; Graph's own limit.</summary>
    public const int MaxGroups = 11_000;

    /// <summary>The most pages of one answer.</summary>
    public const int MaxPages = 60;

    private const int MaxBytes = 1024 * 1024;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);
    private readonly EgressLimits _limits = new(MaxBytes, Patience, privateNetwork);

    /// <summary>The URL of <paramref name="path"/>, whose variable parts are escaped.</summary>
    public Uri At(string path) => new(baseUrl, path);

    /// <summary>The URL of a next page, if it is this directory's.</summary>
    /// <exception cref="GroupDirectoryException">It leads elsewhere.</exception>
    public Uri NextPage(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var next) && next.UserInfo.Length is 0
        && Uri.Compare(next, baseUrl, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) is 0
            ? next
            : throw new GroupDirectoryException("The next page is another host's.");

    /// <summary>Sends a request; null if the directory says that what is asked for is not there.</summary>
    /// <param name="request">The request.</param>
    /// <param name="unknown">The directory's own code for that: any other 404 is a wrong address, which says nothing about a person.</param>
    /// <param name="ct">Ends the call.</param>
    public async Task<DirectoryAnswer?> SendAsync(HttpRequestMessage request, string unknown, CancellationToken ct)
    {
        request.Headers.Accept.ParseAdd("application/json");
        var response = await egress.SendAsync(request, _limits, ct);
        if (response.Status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable)
            throw new GroupDirectoryException($"The directory answered {(int)response.Status}.", Pause(response.Headers));
        if (response.Status is HttpStatusCode.NotFound && Parse(response.Body) is { } fault && CodeOf(fault.RootElement) == unknown) return null;
        if (response.Status is not HttpStatusCode.OK) throw new GroupDirectoryException($"The directory answered {(int)response.Status}.");
        return new DirectoryAnswer(Parse(response.Body) ?? throw new GroupDirectoryException("The directory's answer is no JSON."), response.Headers);
    }

    /// <summary>Adds the ids of one page.</summary>
    /// <exception cref="GroupDirectoryException">They are not ids, or too many.</exception>
    public static void Add(List<string> groups, JsonElement page, Func<JsonElement, JsonElement?> id)
    {
        if (page.ValueKind is not JsonValueKind.Array) throw new GroupDirectoryException("The directory's answer is no list of groups.");
        foreach (var item in page.EnumerateArray())
        {
            if (id(item) is not { ValueKind: JsonValueKind.String } value || value.GetString() is not { Length: > 0 and <= 255 } text)
                throw new GroupDirectoryException("A group has no id.");
            if (groups.Count == MaxGroups) throw new GroupDirectoryException("The person has too many groups.");
            groups.Add(text);
        }
    }

    // Graph: {"error":{"code":…}}; Okta: {"errorCode":…}
    private static string? CodeOf(JsonElement fault)
    {
        if (fault.ValueKind is not JsonValueKind.Object) return null;
        if (fault.TryGetProperty("error", out var error) && error.ValueKind is JsonValueKind.Object && error.TryGetProperty("code", out var code)
            && code.ValueKind is JsonValueKind.String) return code.GetString();
        return fault.TryGetProperty("errorCode", out code) && code.ValueKind is JsonValueKind.String ? code.GetString() : null;
    }

    private static JsonDocument? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonDocument.Parse(body, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 16 });
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Graph says Retry-After; Okta says at which second its budget is full again.
    private TimeSpan Pause(HttpResponseHeaders headers)
    {
        var now = clock.GetUtcNow();
        var asked = headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - now,
            _ when headers.TryGetValues("X-Rate-Limit-Reset", out var reset)
                && long.TryParse(reset.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var second) && second < 253_370_764_800 =>
                DateTimeOffset.FromUnixTimeSeconds(second) - now,
            _ => TimeSpan.Zero,
        };
        return TimeSpan.FromTicks(Math.Clamp(asked.Ticks, TimeSpan.TicksPerSecond, LongestPause.Ticks));
    }
}

/// <summary>What a directory answered.</summary>
internal sealed record DirectoryAnswer(JsonDocument Json, HttpResponseHeaders Headers);
