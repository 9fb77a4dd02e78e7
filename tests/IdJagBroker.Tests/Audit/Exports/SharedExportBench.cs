using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Audit.Exports;

/// <summary>One log for the tests of a class, each of which leaves it as it was: making it takes seconds.</summary>
public sealed class SharedExportBench(BrokerPostgres postgres) : IAsyncLifetime
{
    internal ExportBench Bench { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Bench = await ExportBench.StartAsync(postgres);

    public async ValueTask DisposeAsync() => await Bench.DisposeAsync();
}
