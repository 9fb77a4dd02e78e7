using IdJagBroker.Audit;
using IdJagBroker.Clients;
using IdJagBroker.Clients.Documents;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Receipts;

/// <summary>An authorization server that has proved who it is, by what it may do so once.</summary>
/// <param name="Server">As the catalogue has it.</param>
/// <param name="Use">Its assertion, which is still to be used up.</param>
internal sealed record ProvedServer(CatalogAuthorizationServer Server, ReplayKey Use);

/// <summary>
/// Which authorization server asks? It proves itself as clients do, by an assertion of its own (RFC 7523 §3), and by nothing else. Every failure
/// looks alike to the caller.
/// </summary>
internal sealed partial class ReceiptAuthenticator(ClientAssertions assertions, PublishedKeySets published, ILogger<ReceiptAuthenticator> log)
{
    private const string Scheme = "Bearer ";

    /// <summary>
    /// Refuses with <c>invalid_client</c>; who has proved who it is hears <c>unauthorized_client</c> if it is disabled. Waits only for keys that are
    /// published elsewhere.
    /// </summary>
    public async ValueTask<OAuthResult<ProvedServer>> AuthenticateAsync(IReadOnlyList<string?> authorization, Catalog catalog, CancellationToken ct)
    {
        if (authorization is not [{ } header] || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return Refuse(null, "no assertion");
        if (!CompactJws.TryParse(header[Scheme.Length..].Trim(' '), ClientAssertion.MaxChars, out var assertion, out var failure)) return Refuse(null, failure.ToString());
        using (assertion)
        {
            // By the exact issuer and nothing that is equivalent to it: "iss" is compared so too.
            if (ClientAssertion.NamedClient(assertion) is not { } issuer || catalog.FindAuthorizationServerByIssuer(issuer) is not { Receipts: { } receipts } server)
                return Refuse(null, "no server that reports");
            var (keys, missing) = await KeysAsync(server, receipts, assertion.Header.KeyId, ct);
            if (keys is null) return Refuse(server, missing!);
            if (assertions.Check(assertion, issuer, keys, ReplayKey.ReceiptAssertion, out var use) is { } fault) return Refuse(server, fault);
            return server.Enabled ? new ProvedServer(server, use!) : OAuthError.UnauthorizedClient("the authorization server is not enabled");
        }
    }

    private async ValueTask<Egress.KeptAnswer<JsonWebKeySet>> KeysAsync(CatalogAuthorizationServer server, CatalogReceipts receipts, string? keyId, CancellationToken ct) =>
        receipts.JwksUri is { } address
            ? await published.At(Publisher.AuthorizationServer(server.Alias, server.Issuer.Value), address, receipts.PrivateNetwork).GetAsync(keyId, ct)
            : new(receipts.Keys, receipts.Keys is null ? "no keys" : null);

    private OAuthError Refuse(CatalogAuthorizationServer? server, string detail)
    {
        // Strangers do not write into the log of events; of servers that are known, operators can see here what is wrong.
        if (server is not null) NotProved(server.Alias, detail);
        return OAuthError.InvalidClient("the authorization server did not prove who it is").Because("REQ_CLIENT_AUTH", detail);
    }

    [LoggerMessage(1901, LogLevel.Information, "Receipts of {Server} were refused: {Detail}")]
    private partial void NotProved(string server, string detail);
}
