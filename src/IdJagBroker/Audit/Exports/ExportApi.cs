using IdJagBroker.Hosting;

namespace IdJagBroker.Audit.Exports;

/// <summary><c>/admin/v1/audit/exports</c>: one file for each operation.</summary>
internal static class ExportApi
{
    public static void Map(IEndpointRouteBuilder admin)
    {
        var exports = admin.MapGroup("/audit/exports").AddEndpointFilter<AdminFailures>();
        CreateExport.Map(exports);
        ReadExports.Map(exports);
        DownloadExport.Map(exports);
        RemoveExport.Map(exports);
    }

    public static IServiceCollection AddExports(this IServiceCollection services) => services
        .AddSingleton<ExportTable>()
        .AddSingleton<ExportWork>()
        .AddSingleton<ExportDirectory>()
        .AddHostedService<ExportWorker>();

    public static Problem NotFound { get; } = new(StatusCodes.Status404NotFound, "export-not-found", "There is no such export.");
}
