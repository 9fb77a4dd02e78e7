using IdJagBroker.Protocol;

namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>Reads a form; the server itself stops a body that is too large.</summary>
internal static class FormBody
{
    public static async Task<OAuthResult<OAuthForm>> ReadAsync(HttpRequest request)
    {
        if (!OAuthForm.IsForm(request.ContentType)) return OAuthError.InvalidRequest("the body must be a form");
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        return OAuthForm.Parse(body.GetBuffer().AsSpan(0, (int)body.Length));
    }
}
