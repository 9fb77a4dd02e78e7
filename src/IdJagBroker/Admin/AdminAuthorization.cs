using IdJagBroker.Audit;
using IdJagBroker.Clients;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using Microsoft.Extensions.Options;

namespace IdJagBroker.Admin;

/// <summary>
/// Lets nobody into the admin API but an administrator with an access token of ours that is good for the operation, and whoever holds the
/// management token (RFC 6750). What the token says is not enough: the catalogue is asked at each use, so that what it takes away is gone at once.
/// </summary>
internal sealed class AdminAuthorization(
    ClientSecretHash secrets, IOptions<ManagementOptions> options, AdminTokenValidator tokens, ActivePolicy policy, AdminDenial denial) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        http.Response.Headers.CacheControl = "no-store";
        switch (BearerToken.Find(http.Request, out var token))
        {
            case Presented.Nothing: return AdminChallenge.NoToken(http);
            case Presented.Malformed: return AdminChallenge.Malformed(http);
        }
        if (IsManagementToken(token)) return await LetInAsync(Administrator.BreakGlass, context, next);
        if (tokens.Validate(token) is not { } access) return AdminChallenge.InvalidToken(http);

        var entry = policy.Current.Catalog.FindAdministrator(access.ClientId);
        var administrator = new Administrator(entry?.Alias ?? access.ClientId, entry?.Role, access.JwtId);
        if (entry is not { Enabled: true })
        {
            await denial.RecordAsync(http, administrator, access.Scope, entry is null ? "ADMIN_UNKNOWN" : "ADMIN_DISABLED");
            return AdminChallenge.InvalidToken(http);
        }
        var needed = AdminDenial.ScopeNeeded(http);
        if (!access.Scope.Contains(needed) || !entry.Scopes.Contains(needed))
        {
            await denial.RecordAsync(http, administrator, access.Scope, "INSUFFICIENT_SCOPE");
            return AdminChallenge.InsufficientScope(http, needed);
        }
        return await LetInAsync(administrator, context, next);
    }

    private bool IsManagementToken(string token) => secrets.Matches(token, [options.Value.TokenHash]);

    private static ValueTask<object?> LetInAsync(Administrator administrator, EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        context.HttpContext.RequestServices.GetRequiredService<CurrentAdministrator>().Value = administrator;
        return next(context);
    }
}
