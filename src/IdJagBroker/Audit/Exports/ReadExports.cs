using IdJagBroker.Policies;
using IdJagBroker.Hosting;

namespace IdJagBroker.Audit.Exports;

/// <summary><c>GET /admin/v1/audit/exports</c> and <c>…/{id}</c>: how far each is, the newest first.</summary>
internal static class ReadExports
{
    public static void Map(IEndpointRouteBuilder exports)
    {
        exports.MapGet("", async (HttpContext http, ExportTable table) => Results.Ok(new { exports = await table.ListAsync(http.RequestAborted) })).RequireScope(AdminScope.AuditExport);
        exports.MapGet("/{id:guid}", async (HttpContext http, Guid id, ExportTable table) =>
            await table.FindAsync(id, http.RequestAborted) is { } job ? Results.Ok(job) : ExportApi.NotFound.ToResult()).RequireScope(AdminScope.AuditExport);
    }
}
