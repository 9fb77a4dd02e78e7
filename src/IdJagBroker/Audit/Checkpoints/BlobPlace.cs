using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Azure.Core;

namespace IdJagBroker.Audit.Checkpoints;

/// <summary>
/// Checkpoints as blobs (Put Blob, Get Blob), one for each size. <c>If-None-Match: *</c> keeps one that is there; an immutability policy of the
/// container keeps it from everybody else too.
/// </summary>
internal sealed class BlobPlace(HttpClient http, Uri container, TokenCredential credential) : ICheckpointPlace
{
    private const string Version = "2021-12-02";
    private static readonly string[] Scopes = ["https://storage.azure.com/.default"];

    public string Name => "the checkpoint container";

    public async Task PutAsync(long size, string note, CancellationToken ct)
    {
        var blob = new Uri($"{container.AbsoluteUri.TrimEnd('/')}/{DirectoryPlace.NameOf(size)}");
        using var put = await SendAsync(HttpMethod.Put, blob, request =>
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(note)) { Headers = { ContentType = new MediaTypeHeaderValue("text/plain") { CharSet = "utf-8" } } };
            request.Headers.Add("x-ms-blob-type", "BlockBlob");
            request.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Any);
        }, ct);
        if (put.StatusCode is HttpStatusCode.Created) return;
        if (put.StatusCode is not (HttpStatusCode.Conflict or HttpStatusCode.PreconditionFailed)) throw new HttpRequestException($"{Name} answered {(int)put.StatusCode}.", null, put.StatusCode);

        using var get = await SendAsync(HttpMethod.Get, blob, static _ => { }, ct);
        if (!get.IsSuccessStatusCode) throw new HttpRequestException($"{Name} answered {(int)get.StatusCode}.", null, get.StatusCode);
        if (await get.Content.ReadAsStringAsync(ct) != note) throw new CheckpointDiffersException(Name, size);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri blob, Action<HttpRequestMessage> prepare, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, blob);
        prepare(request);
        request.Headers.Add("x-ms-version", Version);
        var token = await credential.GetTokenAsync(new TokenRequestContext(Scopes), ct);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Token);
        return await http.SendAsync(request, ct);
    }
}
