using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using Microsoft.AspNetCore.Http;

namespace IdJagBroker.McpAuthorization.Mounting;

/// <summary>
/// Takes the token requests that are ours out of those of another server's token endpoint, by grant and, where the server has a use for other assertions, by <c>typ</c>
/// (C-25). All others go on as they came.
/// </summary>
internal sealed class MountedGrant(RequestDelegate next, AuthorizationServerDocuments documents, JwtBearerEndpoint endpoint, MountOptions options)
{
    private const int MaxAssertionChars = 8 * 1024;
    private readonly PathString _path = new(new Uri(documents.TokenEndpoint).AbsolutePath);

    public async Task InvokeAsync(HttpContext http) => await (await IsOursAsync(http) ? endpoint.Handle(http) : next(http));

    private async Task<bool> IsOursAsync(HttpContext http)
    {
        var request = http.Request;
        if (!HttpMethods.IsPost(request.Method) || !(request.PathBase + request.Path).Equals(_path, StringComparison.Ordinal) || !OAuthForm.IsForm(request.ContentType)) return false;
        request.EnableBuffering(OAuthForm.MaxBytes + 1);
        try
        {
            if (await CappedBody.ReadAsync(request, OAuthForm.MaxBytes, http.RequestAborted) is not { } body || OAuthForm.Parse(body).IsRefused(out var form, out _)) return false;
            return form["grant_type"] is GrantType.JwtDpop || (form["grant_type"] is GrantType.JwtBearer && (!options.LeavesOtherAssertions || IsIdJag(form["assertion"])));
        }
        catch (BadHttpRequestException)
        {
            return false;       // the server that is there says what it always says
        }
        finally
        {
            request.Body.Position = 0;
        }
    }

    private static bool IsIdJag(string? assertion)
    {
        if (assertion is null || !CompactJws.TryParse(assertion, MaxAssertionChars, out var jws, out _)) return false;
        using (jws) return JwtType.Is(jws.Header.Type, JwtType.IdJag);
    }
}

/// <summary>How the grant is mounted.</summary>
/// <param name="LeavesOtherAssertions">Whether the server has a jwt-bearer grant of its own.</param>
internal sealed record MountOptions(bool LeavesOtherAssertions);
