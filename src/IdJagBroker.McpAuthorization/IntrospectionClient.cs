namespace IdJagBroker.McpAuthorization;

/// <summary>An MCP server in another process that asks what access tokens mean (RFC 7662 §2.1), by its secret, Basic or in the body.</summary>
public sealed class IntrospectionClient
{
    private readonly List<ClientSecretHash> _secrets = [];

    /// <summary>Its id; none of a client that redeems.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>Its secret, at least <see cref="IdJagClient.MinSecretChars"/> characters. Kept as a hash only, so it reads as null.</summary>
    public string? Secret
    {
        get => null;
        set => Add(value);
    }

    /// <summary>Several secrets, while they are rotated. Kept as hashes only, so they read as none.</summary>
    public IReadOnlyList<string> Secrets
    {
        get => [];
        set
        {
            foreach (var secret in value) Add(secret);
        }
    }

    /// <summary>The MCP servers that it is, as <see cref="IdJagAuthorizationServerOptions.Resources"/> spell them: of tokens for others it learns nothing (RFC 7662 §4).</summary>
    public IReadOnlyList<string> Resources { get; set; } = [];

    internal IReadOnlyList<ClientSecretHash> SecretHashes => _secrets;

    internal bool HasShortSecret { get; private set; }

    private void Add(string? secret)
    {
        if (secret is null) return;
        HasShortSecret |= secret.Length < IdJagClient.MinSecretChars;
        _secrets.Add(ClientSecretHash.Of(secret));
    }
}
