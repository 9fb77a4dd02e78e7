using IdJagBroker.Policies;

namespace IdJagBroker.Discovery;

/// <summary>What of the metadata is the catalogue's to say, and no more of what is in it (META-13).</summary>
/// <param name="Documents">Clients may be known by the address of their metadata document.</param>
/// <param name="Administrators">There is an admin API that tokens are asked for.</param>
/// <param name="SignIn">People sign in here.</param>
/// <param name="PublicClients">Some client proves nothing.</param>
internal readonly record struct OfferedHere(bool Documents, bool Administrators, bool SignIn, bool PublicClients)
{
    public static OfferedHere By(Catalog catalog) => new(catalog.HasDocumentClients, catalog.HasAdministrators, catalog.HasSignIn, catalog.HasPublicClients);
}
