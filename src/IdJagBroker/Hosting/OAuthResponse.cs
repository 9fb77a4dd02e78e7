using System.Text.Encodings.Web;
using System.Text.Json;
using IdJagBroker.Protocol;

namespace IdJagBroker.Hosting;

/// <summary>Writes the JSON of a token response, success or refusal: never stored by anybody (IDP-55).</summary>
internal static class OAuthResponse
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [ThreadStatic] private static Utf8JsonWriter? _writer;

    /// <summary>Writes a refusal with the headers that its code asks for.</summary>
    public static Task WriteAsync(HttpContext http, OAuthError refusal, int? status = null)
    {
        http.Response.StatusCode = status ?? refusal.Status;
        if (refusal.ChallengesBasic) http.Response.Headers.WWWAuthenticate = "Basic realm=\"token\", charset=\"UTF-8\"";
        if (refusal.RetryAfter is { } wait) http.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString();
        return WriteAsync(http, refusal.WriteTo);
    }

    /// <summary>Writes a body.</summary>
    public static Task WriteAsync(HttpContext http, Action<Utf8JsonWriter> write)
    {
        http.Response.ContentType = "application/json";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.Pragma = "no-cache";
        var json = _writer ??= new Utf8JsonWriter(Stream.Null, Options);       // one for each thread: nothing waits until it is flushed
        json.Reset(http.Response.BodyWriter);
        write(json);
        json.Flush();
        var flushing = http.Response.BodyWriter.FlushAsync(http.RequestAborted);
        json.Reset(Stream.Null);
        return flushing.IsCompletedSuccessfully ? Task.CompletedTask : flushing.AsTask();
    }
}
