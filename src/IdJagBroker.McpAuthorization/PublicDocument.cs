using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace IdJagBroker.McpAuthorization;

/// <summary>A JSON document for everybody: metadata and keys. Cacheable, and readable by scripts of any origin (META-17, SEC-32).</summary>
internal static class PublicDocument
{
    public static void Map(IEndpointRouteBuilder endpoints, string path, TimeSpan maxAge, byte[] document)
    {
        endpoints.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], http =>
        {
            http.Response.ContentType = "application/json";
            http.Response.ContentLength = document.Length;
            http.Response.Headers.CacheControl = $"public, max-age={(long)maxAge.TotalSeconds}";
            http.Response.Headers.AccessControlAllowOrigin = "*";
            return HttpMethods.IsHead(http.Request.Method) ? Task.CompletedTask : http.Response.Body.WriteAsync(document, http.RequestAborted).AsTask();
        });
        // MCP clients send MCP-Protocol-Version with it, which makes a browser ask first.
        endpoints.MapMethods(path, [HttpMethods.Options], http =>
        {
            http.Response.StatusCode = StatusCodes.Status204NoContent;
            http.Response.Headers.AccessControlAllowOrigin = "*";
            http.Response.Headers.AccessControlAllowMethods = "GET";
            http.Response.Headers.AccessControlAllowHeaders = "*";
            return Task.CompletedTask;
        });
    }
}
