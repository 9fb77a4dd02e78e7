using System.Text.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Protocol;
using Microsoft.AspNetCore.Http;

namespace IdJagBroker.McpAuthorization.Mounting;

/// <summary>Adds our members to the document that another server answers with. What is not that document goes on as it came.</summary>
internal sealed class MountedMetadata(RequestDelegate next, AuthorizationServerDocuments documents, IdJagMetadata metadata, ILogger<MountedMetadata> logger)
{
    private readonly HashSet<string> _paths = new(AuthorizationServerMetadata.PathsFor(documents.Issuer), StringComparer.Ordinal);

    public async Task InvokeAsync(HttpContext http)
    {
        if (!HttpMethods.IsGet(http.Request.Method) || !_paths.Contains((http.Request.PathBase + http.Request.Path).Value ?? ""))
        {
            await next(http);
            return;
        }
        http.Request.Headers.Remove("Accept-Encoding");     // or there may be nothing to read
        http.Request.Headers.Remove("If-None-Match");       // the server knows the tag of its own document only
        var (outer, body) = (http.Response.Body, new MemoryStream());
        http.Response.Body = body;
        try
        {
            await next(http);
        }
        finally
        {
            http.Response.Body = outer;
        }
        var answer = http.Response.StatusCode is 200 ? Extended(body.ToArray()) : body.ToArray();
        if (http.Response.StatusCode is 200) http.Response.Headers.Remove("ETag");
        if (answer.Length is 0) return;
        http.Response.ContentLength = answer.Length;
        await outer.WriteAsync(answer, http.RequestAborted);
    }

    private byte[] Extended(byte[] document)
    {
        try
        {
            var json = JsonNode.Parse(document)!.AsObject();
            metadata.AddTo(json);
            return JsonSerializer.SerializeToUtf8Bytes(json);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException or ArgumentException)
        {
            Log.MetadataNotExtended(logger, documents.Issuer.Value, e);
            return document;
        }
    }
}
