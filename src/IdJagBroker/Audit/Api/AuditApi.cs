using IdJagBroker.Hosting;
using IdJagBroker.Policies;

namespace IdJagBroker.Audit.Api;

/// <summary><c>/admin/v1/audit</c>: one file for each operation. All of them read; the log has no other door.</summary>
internal static class AuditApi
{
    public static void Map(IEndpointRouteBuilder admin)
    {
        var audit = admin.MapGroup("/audit").AddEndpointFilter<AdminFailures>().AddEndpointFilter<AuditFailures>();
        audit.RequireScope(AdminScope.AuditRead);
        SearchEvents.Map(audit);
        StreamEvents.Map(audit);
        GetEvent.Map(audit);
        GetProof.Map(audit);
        GetRedemption.Map(audit);
        GetCheckpoints.Map(audit);
        GetTile.Map(audit);
        GetLogKeys.Map(audit);
        GetStats.Map(audit);
    }

    public static IServiceCollection AddAuditApi(this IServiceCollection services) => services
        .AddSingleton<PageCursors>()
        .AddSingleton<ReadRecord>()
        .AddSingleton<OpenReadings>()
        .AddSingleton<CheckpointTable>()
        .AddSingleton<TileTable>()
        .AddSingleton<SearchEvents>()
        .AddSingleton<StreamEvents>()
        .AddSingleton<UnusedConnections>()
        .AddSingleton<GetStats>()
        .AddSingleton<LogWatch>().AddHostedService(provider => provider.GetRequiredService<LogWatch>());
}
