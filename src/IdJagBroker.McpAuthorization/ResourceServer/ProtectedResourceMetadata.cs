using System.Text.Json;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>What an MCP server says of itself (RFC 9728 §2), and where.</summary>
internal sealed class ProtectedResourceMetadata
{
    /// <summary>The well-known path of a server that owns its host (RFC 9728 §3.1).</summary>
    public const string RootPath = "/.well-known/oauth-protected-resource";

    public ProtectedResourceMetadata(McpResourceServerOptions options)
    {
        var resource = new Uri(options.Resource);
        Path = RootPath + resource.AbsolutePath.TrimEnd('/');
        Url = resource.GetLeftPart(UriPartial.Authority) + Path;
        Scopes = options.Scopes.Count > 0
            ? options.Scopes
            : [.. options.Tools.Values.SelectMany(scopes => scopes).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        Document = Write(options);
    }

    public string Path { get; }

    public string Url { get; }

    public IReadOnlyList<string> Scopes { get; }

    public byte[] Document { get; }

    private byte[] Write(McpResourceServerOptions options)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("resource", options.Resource);                // byte for byte (RS-03)
            WriteArray(json, "authorization_servers", [options.AuthorizationServer]);
            if (Scopes.Count > 0) WriteArray(json, "scopes_supported", Scopes);
            WriteArray(json, "bearer_methods_supported", ["header"]);
            WriteArray(json, "dpop_signing_alg_values_supported", [.. DpopProof.Algorithms.Select(algorithm => algorithm.Name)]);
            if (options.RequireKeyBoundTokens) json.WriteBoolean("dpop_bound_access_tokens_required", true);
            if (options.ResourceName is not null) json.WriteString("resource_name", options.ResourceName);
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    private static void WriteArray(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
