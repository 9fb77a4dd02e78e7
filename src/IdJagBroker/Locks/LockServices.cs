using IdJagBroker.Policies;

namespace IdJagBroker.Locks;

/// <summary>Puts the room of the locks together.</summary>
internal static class LockServices
{
    /// <param name="services">Has the database already.</param>
    /// <param name="catalog">Gives the catalogue by whose names something is locked.</param>
    public static IServiceCollection AddLocks(this IServiceCollection services, Func<IServiceProvider, CancellationToken, ValueTask<Catalog>> catalog) => services
        .AddSingleton<LockTable>()
        .AddSingleton(provider => new LockNames(ct => catalog(provider, ct)))
        .AddSingleton<LockChange>()
        .AddSingleton<HeldLocks>();
}
