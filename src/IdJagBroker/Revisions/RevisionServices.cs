using IdJagBroker.Hosting;
using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Upstreams;

namespace IdJagBroker.Revisions;

/// <summary>Puts the room of the revisions together: one source, and what is the same for both.</summary>
internal static class RevisionServices
{
    public static void AddRevisions(this IServiceCollection services, IConfiguration configuration, BrokerSettings settings)
    {
        services.AddSingleton(provider => new RevisionCheck(settings.AllowLoopbackHttp, provider.GetRequiredService<UpstreamSecrets>()));
        services.AddSingleton<ReloadStatus>();
        services.AddSingleton<SourceAge>();
        services.AddSingleton<RevisionSwitch>();
        services.AddSingleton<ReleaseFollower>();
        services.AddSingleton<ReplicaTable>();
        services.AddScoped<ReleaseChange>();
        services.AddScoped<ReleaseDecision>();
        if (PolicySourceOptions.Of(configuration).IsDatabase) services.AddHostedService<ReleaseWatch>();
        else services.AddHostedService(provider => ActivatorUtilities.CreateInstance<DirectoryWatch>(provider, settings.Policies));
        services.AddHostedService<ReplicaReport>();
    }

    /// <summary>The key that releases are signed with, where there are releases.</summary>
    public static IServiceCollection AddReleaseKeys(this IServiceCollection services, IConfiguration configuration) =>
        PolicySourceOptions.Of(configuration).IsDatabase ? services.AddSingleton(new KeyKind(KeyPurpose.PolicyRelease, JwsAlgorithm.ES256)) : services;
}
