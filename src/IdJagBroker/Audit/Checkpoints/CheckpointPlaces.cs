using Azure.Identity;
using IdJagBroker.Hosting;

namespace IdJagBroker.Audit.Checkpoints;

/// <summary>The second places that are configured, and who writes to them.</summary>
internal static class CheckpointPlaces
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <param name="services">Where to.</param>
    /// <param name="configuration">The section of <see cref="CheckpointOptions"/>.</param>
    /// <param name="allowLoopbackHttp">Development only: a container on this machine, without TLS.</param>
    /// <exception cref="StartupFailedException">The container is not an https address.</exception>
    public static void AddCheckpointPlaces(this IServiceCollection services, IConfigurationSection configuration, bool allowLoopbackHttp)
    {
        var options = configuration.Get<CheckpointOptions>() ?? new CheckpointOptions();
        if (options.Directory is { Length: > 0 } directory) services.AddSingleton<ICheckpointPlace>(new DirectoryPlace(directory));
        if (options.BlobContainer is { } container) services.AddSingleton<ICheckpointPlace>(Blob(container, options.BlobClientId, allowLoopbackHttp));
        services.AddSingleton<CheckpointPublisher>().AddHostedService(provider => provider.GetRequiredService<CheckpointPublisher>());
    }

    private static BlobPlace Blob(Uri container, string? clientId, bool allowLoopbackHttp)
    {
        if (!container.IsAbsoluteUri || (container.Scheme != Uri.UriSchemeHttps && !(allowLoopbackHttp && container.IsLoopback)) || container.Query.Length > 0)
            throw new StartupFailedException("Audit:Checkpoints:BlobContainer must be the https address of a container, without a query.");
        var identity = clientId is { Length: > 0 } id ? ManagedIdentityId.FromUserAssignedClientId(id) : ManagedIdentityId.SystemAssigned;
        var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = Patience };
        return new BlobPlace(http, container, new ChainedTokenCredential(new WorkloadIdentityCredential(), new ManagedIdentityCredential(identity)));
    }
}
