namespace IdJagBroker.Probe;

/// <summary>
/// Where an ID-JAG, and the client's secret with it, may be sent. Metadata is a stranger's word: it may name an endpoint of the server's own origin; one of another origin
/// only over TLS on both sides and in a document that is this issuer's exactly (RFC 8414 §3.3), so that nobody on the way can choose it.
/// </summary>
internal static class TokenEndpointRule
{
    /// <summary>The endpoint, or null with the reason.</summary>
    public static Uri? Find(ProbeSetup setup, ServerDocuments documents, out string why)
    {
        why = "";
        if (setup.TokenEndpoint is not null) return setup.TokenEndpoint;
        if (documents.Text("token_endpoint") is not { } text)
        {
            why = "the metadata names no token_endpoint; --token-endpoint does";
            return null;
        }
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.UserInfo.Length > 0)
        {
            why = "token_endpoint is no absolute URL";
            return null;
        }
        if (IsSameOrigin(url, setup.Server.Url)) return url;
        var trusted = url.Scheme == Uri.UriSchemeHttps && setup.Server.Url.Scheme == Uri.UriSchemeHttps
            && string.Equals(documents.Text("issuer"), setup.Server.Value, StringComparison.Ordinal);
        if (!trusted) why = "token_endpoint is of another origin, and not both are https in a document of exactly this issuer; nothing was sent there (--token-endpoint would)";
        return trusted ? url : null;
    }

    private static bool IsSameOrigin(Uri one, Uri other) => one.Scheme == other.Scheme && one.IdnHost == other.IdnHost && one.Port == other.Port;
}
