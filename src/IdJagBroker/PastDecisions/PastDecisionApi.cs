using IdJagBroker.Hosting;

namespace IdJagBroker.PastDecisions;

/// <summary>What the log knows of decisions, put to revisions: <c>/admin/v1/decisions</c> and <c>/admin/v1/policy/replay</c>.</summary>
internal static class PastDecisionApi
{
    public static void Map(IEndpointRouteBuilder admin)
    {
        var past = admin.MapGroup("").AddEndpointFilter<AdminFailures>();
        ExplainDecision.Map(past);
        ReplayPolicy.Map(past);
    }

    public static void AddPastDecisions(this IServiceCollection services)
    {
        services.AddSingleton<PastPolicies>();
        services.AddSingleton<ReplayRun>();
        services.AddSingleton<ReplayRoom>();
    }
}
