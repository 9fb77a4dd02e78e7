namespace IdJagBroker.McpAuthorization;

/// <summary>An MCP server in another process that asks what access tokens mean (RFC 7662 §2.1), by its secret, Basic or in the body.</summary>
public sealed class IntrospectionClient
{
    private readonly ClientSecrets _secrets = new();

    /// <summary>Its id; none of a client that redeems.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>Its secret, at least <see cref="IdJagClient.MinSecretChars"/> characters. Kept as a hash only, so it reads as null.</summary>
    public string? Secret
    {
        get => null;
        set => _secrets.Add(value);
    }

    /// <summary>Several secrets, while they are rotated. Kept as hashes only, so they read as none.</summary>
    public IReadOnlyList<string> Secrets
    {
        get => [];
        set => _secrets.Add(value);
    }

    /// <summary>The MCP servers that it is, as <see cref="IdJagAuthorizationServerOptions.Resources"/> spell them: of tokens for others it learns nothing (RFC 7662 §4).</summary>
    public IReadOnlyList<string> Resources { get; set; } = [];

    internal ClientSecrets KnownSecrets => _secrets;
}
