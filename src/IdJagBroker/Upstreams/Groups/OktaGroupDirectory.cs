using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace IdJagBroker.Upstreams.Groups;

/// <summary>
/// Okta: <c>GET /api/v1/users/{id}/groups</c>, page by page (<c>Link: …; rel="next"</c>), with an API token. The <c>sub</c> of an ID
/// Token of Okta's is the user's id.
/// </summary>
internal sealed partial class OktaGroupDirectory(DirectoryHttp http, Func<string> apiToken) : IGroupDirectory
{
    private const string NotFound = "E0000007";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>?> GroupsOfAsync(VerifiedSubject person, CancellationToken ct)
    {
        var groups = new List<string>();
        var page = http.At($"/api/v1/users/{Uri.EscapeDataString(person.Subject)}/groups");
        for (var count = 0; count < DirectoryHttp.MaxPages; count++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, page);
            request.Headers.Authorization = new AuthenticationHeaderValue("SSWS", apiToken());
            if (await http.SendAsync(request, NotFound, ct) is not { } answer) return null;
            using (answer.Json)
                DirectoryHttp.Add(groups, answer.Json.RootElement, group => group.ValueKind is System.Text.Json.JsonValueKind.Object && group.TryGetProperty("id", out var id) ? id : null);
            if (NextOf(answer.Headers) is not { } next) return groups;
            page = http.NextPage(next);
        }
        throw new GroupDirectoryException("The directory's answer has too many pages.");
    }

    private static string? NextOf(HttpResponseHeaders headers)
    {
        if (!headers.TryGetValues("Link", out var links)) return null;
        foreach (var link in links)
            if (Next().Match(link) is { Success: true } match) return match.Groups[1].Value;
        return null;
    }

    [GeneratedRegex("""<([^<>]*)>\s*;[^,<]*\brel\s*=\s*"?next\b""", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 100)]
    private static partial Regex Next();
}
