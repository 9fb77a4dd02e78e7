using System.Collections.Concurrent;
using System.Reflection;
using IdJagBroker.Hosting;
using Microsoft.Extensions.Options;

namespace IdJagBroker.Keys;

/// <summary>The providers of keys by their words. All classes of this assembly that are one are found; a new one needs no other edit.</summary>
internal sealed class KeyProviders(IServiceProvider services, IOptions<KeyOptions> options)
{
    private static readonly Dictionary<string, (Type Type, KeyModeAttribute Mode)> Known = Assembly.GetExecutingAssembly().GetTypes()
        .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(ISigningKeyProvider)))
        .ToDictionary(type => type.GetCustomAttribute<KeyModeAttribute>()!.Name, type => (type, type.GetCustomAttribute<KeyModeAttribute>()!), StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, ISigningKeyProvider> _made = new(StringComparer.Ordinal);

    /// <summary>The word of the mode in use.</summary>
    public string CurrentName => options.Value.Mode;

    /// <summary>The provider that makes new keys.</summary>
    public ISigningKeyProvider Current => Find(CurrentName) ?? throw new InvalidOperationException($"There is no key mode '{CurrentName}'.");

    /// <summary>The provider of that word, or null. Keys of a mode that was in use before can still be opened if it is still configured.</summary>
    public ISigningKeyProvider? Find(string name)
    {
        if (services.GetKeyedService<ISigningKeyProvider>(name) is { } brought) return brought;
        return Known.TryGetValue(name, out var known)
            ? _made.GetOrAdd(name, static (_, made) => (ISigningKeyProvider)ActivatorUtilities.CreateInstance(made.services, made.Type), (services, known.Type))
            : null;
    }

    /// <exception cref="StartupFailedException">There is no such mode, or it is not for production.</exception>
    public static void CheckMode(string mode, bool development)
    {
        if (!Known.TryGetValue(mode, out var known))
            throw new StartupFailedException($"Keys:Mode must be one of {string.Join(", ", Known.Keys.Order(StringComparer.Ordinal))}, not '{mode}'.");
        if (known.Mode.DevelopmentOnly && !development)
            throw new StartupFailedException($"Keys:Mode '{mode}' keeps the signing key in a file and is for Development only (--environment Development).");
    }
}
