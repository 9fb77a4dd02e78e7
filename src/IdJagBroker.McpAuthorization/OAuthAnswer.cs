using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using IdJagBroker.Protocol;
using Microsoft.AspNetCore.Http;

namespace IdJagBroker.McpAuthorization;

/// <summary>Writes the answers of OAuth endpoints (RFC 6749 §5.1, §5.2): JSON, never cached.</summary>
internal static class OAuthAnswer
{
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Task WriteAsync(HttpContext http, AccessTokenResponse response) => WriteAsync(http, 200, response.WriteTo);

    public static Task WriteAsync(HttpContext http, OAuthError refusal)
    {
        if (refusal.ChallengesBasic) http.Response.Headers.WWWAuthenticate = "Basic realm=\"token\", charset=\"UTF-8\"";
        if (refusal.RetryAfter is { } wait)
            http.Response.Headers.RetryAfter = ((long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return WriteAsync(http, refusal.Status, refusal.WriteTo);
    }

    public static Task WriteAsync(HttpContext http, int status, Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(body, Writing)) write(json);
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.WrittenCount;
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.Pragma = "no-cache";
        return http.Response.Body.WriteAsync(body.WrittenMemory, http.RequestAborted).AsTask();
    }
}
