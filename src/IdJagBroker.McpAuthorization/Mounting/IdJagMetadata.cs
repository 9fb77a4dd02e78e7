using System.Text.Json.Nodes;
using IdJagBroker.Protocol;

namespace IdJagBroker.McpAuthorization.Mounting;

/// <summary>What the metadata of an authorization server says besides when it takes ID-JAGs (RFC 8414 §2, ID-JAG §7.2, C-32). For a server that writes its document itself.</summary>
public sealed class IdJagMetadata
{
    private readonly AuthorizationServerDocuments _documents;

    internal IdJagMetadata(AuthorizationServerDocuments documents) => _documents = documents;

    /// <summary>Adds it to what is there; nothing that the server says of itself is taken away or changed.</summary>
    /// <param name="metadata">The server's own document.</param>
    /// <exception cref="InvalidOperationException">It is another issuer's.</exception>
    public void AddTo(JsonObject metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        if (metadata["issuer"] is not JsonValue issuer || !issuer.TryGetValue<string>(out var name) || name != _documents.Issuer.Value)
            throw new InvalidOperationException($"The metadata is not that of {_documents.Issuer.Value}.");
        var ours = _documents.Described;
        // RFC 8414 §2: what these mean where they are absent. Without it, adding ours would take the server's own away.
        Union(metadata, "grant_types_supported", ["authorization_code", "implicit"], ours.GrantTypesSupported);
        Union(metadata, "token_endpoint_auth_methods_supported", ["client_secret_basic"], ours.TokenEndpointAuthMethodsSupported);
        Union(metadata, "token_endpoint_auth_signing_alg_values_supported", [], ours.TokenEndpointAuthSigningAlgValuesSupported);
        Union(metadata, "authorization_grant_profiles_supported", [], ours.AuthorizationGrantProfilesSupported);
        Union(metadata, "dpop_signing_alg_values_supported", [], ours.DpopSigningAlgValuesSupported);
        if (metadata["scopes_supported"] is JsonArray) Union(metadata, "scopes_supported", [], ours.ScopesSupported);
        if (ours.ClientIdMetadataDocumentSupported is true) metadata["client_id_metadata_document_supported"] = true;
    }

    private static void Union(JsonObject metadata, string member, string[] implied, IReadOnlyList<string>? more)
    {
        if (more is null || more.Count is 0) return;
        var all = metadata[member] is JsonArray there ? there.Select(value => (string?)value).OfType<string>().ToList() : [.. implied];
        metadata[member] = new JsonArray([.. all.Union(more, StringComparer.Ordinal).Select(value => (JsonNode)value)]);
    }
}
