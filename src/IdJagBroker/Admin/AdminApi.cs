using IdJagBroker.Audit.Api;
using IdJagBroker.Audit.Exports;
using IdJagBroker.Audit.Retention;
using IdJagBroker.Audit.Webhooks;
using IdJagBroker.Clients.Registry;
using IdJagBroker.Hosting;
using IdJagBroker.Keys.Control;
using IdJagBroker.LiveTests;
using IdJagBroker.Locks;
using IdJagBroker.PastDecisions;
using IdJagBroker.Revisions;
using IdJagBroker.SignIn.Control;
using IdJagBroker.Upstreams.People;

namespace IdJagBroker.Admin;

/// <summary>The admin API: one file for each operation, each with the scope that it asks for.</summary>
internal static class AdminApi
{
    public static void Map(IEndpointRouteBuilder management)
    {
        var admin = Group(management);
        AuditApi.Map(admin);
        WebhookApi.Map(admin);
        ExportApi.Map(admin);
        HoldApi.Map(admin);
        ClientApi.Map(admin);
        KeyApi.Map(admin);
        LockApi.Map(admin);
        PolicyApi.Map(admin);
        PastDecisionApi.Map(admin);
        LiveTestApi.Map(admin);
        PersonApi.Map(admin);
        SessionApi.Map(admin);
        OpenApiDocument.Map(admin);
    }

    /// <summary>Where every operation goes. One that does not say what it asks for cannot be built, and the broker does not start.</summary>
    public static RouteGroupBuilder Group(IEndpointRouteBuilder management)
    {
        var admin = management.MapGroup("/admin/v1");
        admin.AddEndpointFilter<AdminAuthorization>();
        ((IEndpointConventionBuilder)admin).Finally(endpoint =>
        {
            if (endpoint.Metadata.OfType<RequiredScope>().Count() is not 1) throw new InvalidOperationException($"{endpoint.DisplayName} must require one scope.");
        });
        return admin;
    }
}
