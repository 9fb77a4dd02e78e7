namespace IdJagBroker.Policies;

/// <summary>A group under an alias (<c>groups.ALIAS</c>). The id is the stable one: renaming a group must not move access (SEC-36).</summary>
/// <param name="Alias">What rules say.</param>
/// <param name="Idp">The alias of the identity provider that the id belongs to.</param>
/// <param name="Id">The group's id there.</param>
internal sealed record CatalogGroup(string Alias, string Idp, string Id);
