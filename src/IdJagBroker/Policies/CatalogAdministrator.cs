using IdJagBroker.Protocol;

namespace IdJagBroker.Policies;

/// <summary>A program or a person that may use the admin API (<c>administrators.ALIAS</c>), and what it may do there.</summary>
internal sealed record CatalogAdministrator : CatalogIdentity
{
    /// <summary>Of <see cref="AdminScope.All"/>; at least one.</summary>
    public required ScopeSet Scopes { get; init; }

    /// <summary>A word for whoever reads the log, or null. Nothing is decided by it.</summary>
    public string? Role { get; init; }
}
