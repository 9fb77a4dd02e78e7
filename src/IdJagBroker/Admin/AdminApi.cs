using IdJagBroker.Audit.Api;
using IdJagBroker.Clients.Registry;
using IdJagBroker.Keys.Control;

namespace IdJagBroker.Admin;

/// <summary>The admin API: one file for each operation, all behind the management token.</summary>
internal static class AdminApi
{
    public static void Map(IEndpointRouteBuilder management)
    {
        var admin = management.MapGroup("/admin/v1").AddEndpointFilter<AdminAuthorization>();
        AuditApi.Map(admin);
        ClientApi.Map(admin);
        KeyApi.Map(admin);
        OpenApiDocument.Map(admin);
    }
}
