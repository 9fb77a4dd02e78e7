using IdJagBroker.Hosting;

namespace IdJagBroker.LiveTests;

/// <summary><c>/admin/v1/policy/live-tests</c>, and what the room consists of.</summary>
internal static class LiveTestApi
{
    public static void Map(IEndpointRouteBuilder admin)
    {
        var tests = admin.MapGroup("/policy/live-tests").AddEndpointFilter<AdminFailures>();
        ReadLiveTests.Map(tests);
        RunLiveTests.Map(tests);
    }

    public static void AddLiveTests(this IServiceCollection services, BrokerSettings settings)
    {
        services.AddSingleton<Membership>();
        services.AddSingleton<LiveTestFiles>(provider => ActivatorUtilities.CreateInstance<LiveTestFiles>(provider, settings));
        services.AddSingleton<LiveTestRun>(provider => ActivatorUtilities.CreateInstance<LiveTestRun>(provider, settings));
        services.AddHostedService<NightlyTests>();
    }
}
