using IdJagBroker.Protocol;

namespace IdJagBroker.McpAuthorization;

/// <summary>
/// A host whose client id metadata documents are all taken (CIMD-09): every document there is a client, with its address for an id. For a host whose
/// owner you know, such as the enterprise's own; anybody who can publish there is let in.
/// </summary>
public sealed class ClientDocumentHost
{
    /// <summary><c>https://clients.acme.example</c>: scheme, host in lower case, and port if it is not the scheme's.</summary>
    public string Origin { get; set; } = "";

    /// <summary>The tenant here that its clients are registered in; null: all (JAG-30).</summary>
    public string? AudienceTenant { get; set; }

    /// <summary>The most that one of its clients is ever granted; empty: whatever the ID-JAG and the resource allow.</summary>
    public IReadOnlyList<string> Scopes { get; set; } = [];

    /// <summary>The host may resolve to a private address (RFC 1918, RFC 6598, ULA): for clients in the intranet (SEC-16).</summary>
    public bool IsOnPrivateNetwork { get; set; }

    internal IdJagClient ClientAt(ClientDocumentUrl url) =>
        new() { ClientId = url.Value, UsesMetadataDocument = true, AudienceTenant = AudienceTenant, Scopes = Scopes, IsOnPrivateNetwork = IsOnPrivateNetwork };

    internal bool Has(string clientId) => ClientDocumentUrl.TryParse(clientId, out var url) && url.Origin == Origin;
}
