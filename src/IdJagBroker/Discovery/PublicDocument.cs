using System.Security.Cryptography;

namespace IdJagBroker.Discovery;

/// <summary>A public JSON document: cacheable, readable from any origin (META-17, SEC-32), with an ETag.</summary>
internal static class PublicDocument
{
    public static Task WriteAsync(HttpContext http, byte[] utf8, string cacheControl)
    {
        var etag = $"\"{Convert.ToHexStringLower(SHA256.HashData(utf8).AsSpan(0, 16))}\"";
        http.Response.Headers.CacheControl = cacheControl;
        http.Response.Headers.AccessControlAllowOrigin = "*";
        http.Response.Headers.ETag = etag;
        if (http.Request.Headers.IfNoneMatch == etag)
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = utf8.Length;
        return http.Response.Body.WriteAsync(utf8, http.RequestAborted).AsTask();
    }
}
