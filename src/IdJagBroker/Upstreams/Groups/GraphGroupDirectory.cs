using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using IdJagBroker.Policies;

namespace IdJagBroker.Upstreams.Groups;

/// <summary>
/// Microsoft Graph: <c>POST /v1.0/users/{oid}/getMemberObjects</c>, with a token of the application's own (client credentials) from the
/// person's tenant. It answers with all ids at once, nested groups included; a next page is followed all the same.
/// </summary>
internal sealed class GraphGroupDirectory(DirectoryHttp http, GraphToken tokens, CatalogGroupDirectory directory) : IGroupDirectory
{
    private const string NotFound = "Request_ResourceNotFound";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>?> GroupsOfAsync(VerifiedSubject person, CancellationToken ct)
    {
        // tid/oid, both of them GUIDs: the profile read them as such.
        var (tenant, objectId) = person.StableId.Split('/') is [var tid, var oid] ? (Guid.Parse(tid), Guid.Parse(oid)) : default;
        var token = await tokens.GetAsync(tenant, ct);
        var groups = new List<string>();
        var page = http.At($"/v1.0/users/{objectId:D}/getMemberObjects");
        for (var count = 0; count < DirectoryHttp.MaxPages; count++)
        {
            using var request = count is 0 ? Question(page) : new HttpRequestMessage(HttpMethod.Get, page);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            if (await SendAsync(request, tenant, ct) is not { } answer) return null;
            using (answer.Json)
            {
                if (answer.Json.RootElement.ValueKind is not JsonValueKind.Object || !answer.Json.RootElement.TryGetProperty("value", out var value))
                    throw new GroupDirectoryException("The directory's answer is no list of groups.");
                DirectoryHttp.Add(groups, value, id => id);
                if (!answer.Json.RootElement.TryGetProperty("@odata.nextLink", out var next)) return groups;
                page = http.NextPage(next.ValueKind is JsonValueKind.String ? next.GetString()! : "");
            }
        }
        throw new GroupDirectoryException("The directory's answer has too many pages.");
    }

    private async Task<DirectoryAnswer?> SendAsync(HttpRequestMessage request, Guid tenant, CancellationToken ct)
    {
        try
        {
            return await http.SendAsync(request, NotFound, ct);
        }
        catch (GroupDirectoryException)
        {
            tokens.Forget(tenant);      // it may have been revoked; the next question gets a new one
            throw;
        }
    }

    private HttpRequestMessage Question(Uri url) => new(HttpMethod.Post, url)
    {
        Content = new StringContent($$"""{"securityEnabledOnly":{{(directory.SecurityEnabledOnly ? "true" : "false")}}}""", Encoding.UTF8, "application/json"),
    };
}
