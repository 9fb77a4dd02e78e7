namespace IdJagBroker.Policies;

/// <summary>One <c>iss</c> that tokens of an identity provider may have, compared exactly (IDP-28).</summary>
/// <param name="Value">The text.</param>
/// <param name="Tenant">Entra: the tenant that it names, or null.</param>
/// <param name="IsEntraV1">Entra: whether it is a v1 issuer, whose metadata lies elsewhere.</param>
internal sealed record CatalogIssuer(string Value, Guid? Tenant = null, bool IsEntraV1 = false);
