using System.Net;
using System.Text.Json;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Probe;

/// <summary>What came from one of the places where clients look for an issuer's metadata (C-31).</summary>
/// <param name="Path">Which.</param>
/// <param name="Status">The HTTP status; 0: nothing came.</param>
internal sealed record PublishedDocument(string Path, int Status)
{
    public string? MediaType { get; init; }

    /// <summary>The document, if it is a JSON object.</summary>
    public JsonElement? Json { get; init; }

    public string? Fault { get; init; }

    public bool IsThere => Status is (int)HttpStatusCode.OK && Json is not null;
}

/// <summary>What the server publishes of itself (RFC 8414), and its keys.</summary>
/// <param name="All">From every place, in the order of RFC 8414 first.</param>
internal sealed record ServerDocuments(IReadOnlyList<PublishedDocument> All)
{
    public static ServerDocuments None { get; } = new([]);

    /// <summary>The one that counts: the first that is there.</summary>
    public PublishedDocument? Main => All.FirstOrDefault(document => document.IsThere);

    /// <summary>What <c>jwks_uri</c> leads to; null: there is none.</summary>
    public PublishedDocument? Keys { get; init; }

    /// <summary>The usable keys.</summary>
    public JsonWebKeySet? KeySet { get; init; }

    /// <summary>A member of the document that counts, if it is a string.</summary>
    public string? Text(string name) => Main?.Json is { } json ? TextIn(json, name) : null;

    /// <summary>A member, if it is an array of strings.</summary>
    public IReadOnlyList<string>? List(string name) =>
        Main?.Json is { } json && json.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Array && value.EnumerateArray().All(one => one.ValueKind is JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(one => one.GetString()!)] : null;

    public static string? TextIn(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    /// <summary>Fetches everything.</summary>
    /// <exception cref="ProbeUnreachableException">From no place did anything come.</exception>
    public static async Task<ServerDocuments> FetchAsync(ProbeSession session, CancellationToken ct)
    {
        var server = session.Setup.Server;
        var all = new List<PublishedDocument>();
        foreach (var path in AuthorizationServerMetadata.PathsFor(server)) all.Add(await GetAsync(session, new Uri(server.Url, path), path, ct));
        if (all.TrueForAll(document => document.Status is 0)) throw new ProbeUnreachableException($"{server} cannot be reached: {all[0].Fault}");
        var documents = new ServerDocuments(all);
        if (documents.Text("jwks_uri") is not { } address || !Uri.TryCreate(address, UriKind.Absolute, out var url)) return documents;
        var keys = await GetAsync(session, url, url.AbsolutePath, ct);
        return documents with { Keys = keys, KeySet = keys.Json is { } json ? JsonWebKeySet.TryParse(System.Text.Encoding.UTF8.GetBytes(json.GetRawText())) : null };
    }

    private static async Task<PublishedDocument> GetAsync(ProbeSession session, Uri url, string path, CancellationToken ct)
    {
        try
        {
            var response = await session.GetAsync(url, ct);
            return new PublishedDocument(path, (int)response.Status) { MediaType = response.MediaType, Json = TokenAnswer.ObjectIn(response.Body) };
        }
        catch (HttpRequestException e)
        {
            return new PublishedDocument(path, 0) { Fault = Wording.Fault(e) };
        }
    }
}

/// <summary>There is nobody to probe; the message says why.</summary>
internal sealed class ProbeUnreachableException(string message) : Exception(message);
