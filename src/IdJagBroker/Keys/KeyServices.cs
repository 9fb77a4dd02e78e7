using IdJagBroker.Keys.Life;
using IdJagBroker.Keys.Providers;

namespace IdJagBroker.Keys;

/// <summary>Puts the room of the keys together.</summary>
internal static class KeyServices
{
    public static IServiceCollection AddKeys(this IServiceCollection services) => services
        .AddSingleton<Vaults>()
        .AddSingleton<KeyMaker>()
        .AddSingleton<KeyProviders>()
        .AddSingleton<KeyNeeds>()
        .AddSingleton<KeyTable>()
        .AddSingleton<SigningKeyRing>()
        .AddHostedService<KeyRingRefresh>()         // first: what is known must be known when the keeper looks
        .AddSingleton<KeyKeeper>()
        .AddHostedService(provider => provider.GetRequiredService<KeyKeeper>());
}
