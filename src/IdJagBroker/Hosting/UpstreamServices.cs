using IdJagBroker.Audit;
using IdJagBroker.Egress;
using IdJagBroker.Policies;
using IdJagBroker.Upstreams;
using IdJagBroker.Upstreams.Groups;

namespace IdJagBroker.Hosting;

/// <summary>What verifies tokens of other identity providers.</summary>
internal static class UpstreamServices
{
    /// <exception cref="StartupFailedException">A group directory has no secret.</exception>
    public static void AddUpstreams(this IServiceCollection services, IConfiguration configuration, BrokerSettings settings, PolicySnapshot policy)
    {
        var secrets = new UpstreamSecrets(configuration);
        foreach (var idp in policy.Catalog.Idps.Values)
        {
            if (idp.GroupDirectory is not null && secrets.Find(idp.Alias) is null)
                throw new StartupFailedException(
                    $"The group directory of '{idp.Alias}' needs Upstreams:{idp.Alias}:Secret or Upstreams:{idp.Alias}:SecretFile (printable ASCII).");
        }
        services.AddSingleton(secrets);
        services.AddSingleton(_ => new EgressClient(settings.AllowLoopbackHttp));
        services.AddSingleton<UpstreamMetadata>();
        services.AddSingleton(provider => new UpstreamRecord(
            auditEvent => provider.GetRequiredService<AuditInbox>().AppendAsync(auditEvent, []), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<UpstreamRecord>>()));
        services.AddSingleton<UpstreamDirectory>();
        services.AddSingleton<GroupDirectories>();
        services.AddSingleton<UpstreamTokenVerifier>();
        services.AddSingleton<SubjectTokenValidator>();
    }
}
