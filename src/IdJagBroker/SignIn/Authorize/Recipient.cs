using System.Diagnostics.CodeAnalysis;
using IdJagBroker.Clients.Documents;
using IdJagBroker.Clients.Registry;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;

namespace IdJagBroker.SignIn.Authorize;

/// <summary>The application that asks, and where its answer goes: known to belong together.</summary>
/// <param name="Client">Its registration.</param>
/// <param name="ClientId">The id under which it asks.</param>
/// <param name="RedirectUri">Where the answer goes.</param>
/// <param name="Name">What people read of it.</param>
/// <param name="IsIntroduced">Whether people are shown, once, who asks: nobody vouches for what an unauthenticated application, or one that describes itself, says of itself.</param>
internal sealed record Recipient(CatalogClient Client, string ClientId, string RedirectUri, string Name, bool IsIntroduced)
{
    public ClientSignIn SignIn => Client.SignIn!;
}

/// <summary>
/// Finds whom to answer. Until client and address are known to belong together nothing is sent anywhere: an open redirector would carry codes and errors to whoever
/// asked (RFC 9700 §4.11).
/// </summary>
internal sealed class Recipients(ClientRegistry registry, PublishedClientKeys documents)
{
    /// <summary>The recipient; or the closed code of why there is none, and the client if that is known.</summary>
    public async ValueTask<(Recipient? Recipient, string? Fault, CatalogClient? Client)> FindAsync(string? clientId, string? redirectUri, Catalog catalog, CancellationToken ct)
    {
        if (clientId is null || redirectUri is null) return (null, "REQUEST_INCOMPLETE", null);
        if (catalog.FindAdministrator(clientId) is not null || registry.Find(catalog, clientId) is not { } client) return (null, "REQ_UNKNOWN_CLIENT", null);
        if (!client.Enabled) return (null, "CLIENT_DISABLED", client);
        if (client.SignIn is not { } signIn) return (null, "SIGN_IN_OFF", client);
        var (registered, name) = (signIn.RedirectUris.AsEnumerable(), signIn.Name);
        if (client.ByDocument)
        {
            var (document, _) = await documents.GetDocumentAsync(client, clientId, ct);
            if (document is null) return (null, "CLIENT_DOCUMENT_UNAVAILABLE", client);
            (registered, name) = (document.RedirectUris, document.Name ?? new Uri(clientId).Host);
        }
        return RedirectUris.Allow([.. registered], redirectUri)
            ? (new Recipient(client, clientId, redirectUri, name, client.ByDocument || client.Auth is ClientAuth.None), null, client)
            : (null, "REDIRECT_URI_MISMATCH", client);
    }
}
