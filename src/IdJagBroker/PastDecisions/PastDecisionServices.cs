namespace IdJagBroker.PastDecisions;

/// <summary>What explains and replays decisions.</summary>
internal static class PastDecisionServices
{
    public static void AddPastDecisions(this IServiceCollection services)
    {
        services.AddSingleton<PastPolicies>();
        services.AddSingleton<ReplayRun>();
        services.AddSingleton<ReplayRoom>();
    }
}
