using IdJagBroker.Protocol;

namespace IdJagBroker.Hosting;

/// <summary>Reads a form body with the limits applied before anything is kept (SEC-09). The query string is not looked at (IDP-02).</summary>
internal static class FormBody
{
    /// <summary>Refuses with <c>invalid_request</c>: 400 for another content type, 413 for a body over <see cref="OAuthForm.MaxBytes"/>.</summary>
    public static async ValueTask<OAuthResult<OAuthForm>> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        if (!OAuthForm.IsForm(request.ContentType)) return OAuthError.InvalidRequest("the body must be application/x-www-form-urlencoded in UTF-8");
        if (request.ContentLength > OAuthForm.MaxBytes) return TooLarge();
        try
        {
            return await ReadAllAsync(request, ct);
        }
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            // What Kestrel throws for a chunk size that overflows; the client's doing, and no request can follow on that connection.
            request.HttpContext.Response.Headers.Connection = "close";
            return OAuthError.InvalidRequest("the request could not be read");
        }
    }

    private static async ValueTask<OAuthResult<OAuthForm>> ReadAllAsync(HttpRequest request, CancellationToken ct)
    {
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(ct);
            if (read.Buffer.Length > OAuthForm.MaxBytes)
            {
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return TooLarge();
            }
            if (read.IsCompleted)
            {
                var form = OAuthForm.Parse(read.Buffer.IsSingleSegment ? read.Buffer.FirstSpan : System.Buffers.BuffersExtensions.ToArray(read.Buffer));
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return form;
            }
            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static OAuthError TooLarge() => OAuthError.RequestTooLarge("the request body is too large");
}
