using IdJagBroker.Clients;
using Microsoft.Extensions.Options;

namespace IdJagBroker.Admin;

/// <summary>Lets nobody into the admin API without the management token (RFC 6750).</summary>
internal sealed class AdminAuthorization(ClientSecretHash secrets, IOptions<ManagementOptions> options) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        http.Response.Headers.CacheControl = "no-store";
        var header = http.Request.Headers.Authorization.Count is 1 ? http.Request.Headers.Authorization[0] : null;
        var token = header?.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) is true ? header["Bearer ".Length..].Trim() : "";
        if (secrets.Matches(token, [options.Value.TokenHash])) return await next(context);

        http.Response.Headers.WWWAuthenticate = token.Length is 0 ? "Bearer" : "Bearer error=\"invalid_token\"";
        return Results.Problem(statusCode: StatusCodes.Status401Unauthorized, title: "A management token is required");
    }
}
