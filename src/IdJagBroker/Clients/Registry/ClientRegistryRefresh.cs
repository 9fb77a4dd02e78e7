using IdJagBroker.Storage;
using Microsoft.Extensions.Options;

namespace IdJagBroker.Clients.Registry;

/// <summary>Keeps every replica's registry current, so that a disabled client is refused everywhere within 5 s.</summary>
internal sealed partial class ClientRegistryRefresh(
    ClientRegistry registry, IOptions<DatabaseOptions> database, TimeProvider clock, ILogger<ClientRegistryRefresh> log) : TableWatch("idjag_client", database, clock)
{
    protected override Task ReloadAsync(CancellationToken ct) => registry.ReloadAsync(ct);

    protected override Task RefreshAsync(CancellationToken ct) => registry.RefreshAsync(ct);

    protected override void NotRead(Exception exception) => NotReadLine(exception);

    [LoggerMessage(1502, LogLevel.Warning, "The client registry could not be read or listened to; what is known stays, and it is tried again")]
    private partial void NotReadLine(Exception exception);
}
