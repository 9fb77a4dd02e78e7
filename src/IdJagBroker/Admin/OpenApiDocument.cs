using IdJagBroker.Hosting;
using IdJagBroker.Policies;

namespace IdJagBroker.Admin;

/// <summary>
/// <c>GET /admin/v1/openapi.json</c>: the description of this API (OpenAPI 3.1). It is the very file of the documentation, written by hand,
/// because what matters of these operations is in no signature; a test compares it with the routes, both ways.
/// </summary>
internal static class OpenApiDocument
{
    private const string Resource = "openapi.json";

    public static void Map(IEndpointRouteBuilder admin) => admin.MapGet("/openapi.json", () =>
        Results.Stream(typeof(OpenApiDocument).Assembly.GetManifestResourceStream(Resource) ?? throw new InvalidOperationException($"{Resource} is not in the assembly."), "application/json")).RequireScope(AdminScope.AuditRead);
}
