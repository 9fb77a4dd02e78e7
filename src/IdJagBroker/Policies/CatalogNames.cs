using IdJagBroker.Protocol;

namespace IdJagBroker.Policies;

/// <summary>
/// Every name that the catalogue declares, those of faulty entries too: one mistake in an entry must not make each rule that uses it
/// look wrong.
/// </summary>
internal sealed class CatalogNames
{
    public HashSet<string> Idps { get; } = new(StringComparer.Ordinal);

    /// <summary>Those identity providers that have <c>signIn</c>.</summary>
    public HashSet<string> SignInIdps { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Groups { get; } = new(StringComparer.Ordinal);

    /// <summary>By group alias, the identity provider that the group belongs to.</summary>
    public Dictionary<string, string> IdpOf { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Clients { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Administrators { get; } = new(StringComparer.Ordinal);

    /// <summary>Those clients that are registered by a metadata document.</summary>
    public HashSet<string> DocumentClients { get; } = new(StringComparer.Ordinal);

    public HashSet<string> AuthorizationServers { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Resources { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Tags { get; } = new(StringComparer.Ordinal);

    /// <summary>The claims that rules may ask for.</summary>
    public HashSet<string> PolicyClaims { get; } = new(StringComparer.Ordinal);

    /// <summary>By resource alias, the authorization server that governs it, if it could be read.</summary>
    public Dictionary<string, string> ServerOf { get; } = new(StringComparer.Ordinal);

    /// <summary>By resource alias; null for one whose scopes could not be read.</summary>
    public Dictionary<string, ScopeSet?> Scopes { get; } = new(StringComparer.Ordinal);

    /// <summary>By resource alias.</summary>
    public Dictionary<string, IReadOnlyList<string>> TagsOf { get; } = new(StringComparer.Ordinal);
}
