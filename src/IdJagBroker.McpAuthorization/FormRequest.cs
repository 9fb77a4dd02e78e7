using IdJagBroker.Protocol;
using Microsoft.AspNetCore.Http;

namespace IdJagBroker.McpAuthorization;

/// <summary>What a POST to one of the OAuth endpoints holds, read but not believed.</summary>
/// <param name="Form">Its parameters.</param>
/// <param name="Credentials">What the client says of itself.</param>
internal sealed record FormRequest(OAuthForm Form, ClientCredentials Credentials)
{
    /// <summary>Whether it is a POST; answers 405 if it is not.</summary>
    public static bool IsPost(HttpContext http)
    {
        if (HttpMethods.IsPost(http.Request.Method)) return true;
        http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        http.Response.Headers.Allow = "POST";
        http.Response.Headers.CacheControl = "no-store";
        return false;
    }

    /// <summary>Reads the body, within the limits of <see cref="OAuthForm"/>. A body that is broken off or badly framed is refused like one that is badly written.</summary>
    /// <exception cref="OperationCanceledException">Nobody is left to answer.</exception>
    public static async Task<OAuthResult<FormRequest>> ReadAsync(HttpContext http)
    {
        if (!OAuthForm.IsForm(http.Request.ContentType)) return OAuthError.InvalidRequest("the body must be application/x-www-form-urlencoded");
        byte[]? body;
        try
        {
            body = await CappedBody.ReadAsync(http.Request, OAuthForm.MaxBytes, http.RequestAborted);
        }
        catch (BadHttpRequestException e)
        {
            return e.StatusCode is 413 ? OAuthError.RequestTooLarge("the request body is too large") : OAuthError.InvalidRequest("the request body is broken");
        }
        if (body is null) return OAuthError.RequestTooLarge("the request body is too large");
        if (OAuthForm.Parse(body).IsRefused(out var form, out var refusal)) return refusal;
        return ClientCredentials.Parse(form, http.Request.Headers.Authorization).IsRefused(out var credentials, out refusal) ? refusal : new FormRequest(form, credentials);
    }
}
