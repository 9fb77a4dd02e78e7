namespace IdJagBroker.McpAuthorization;

/// <summary>The secrets of somebody who is registered: one, or several while they are rotated. Kept as hashes only (SEC-23).</summary>
internal sealed class ClientSecrets
{
    private static readonly IReadOnlyList<ClientSecretHash> Nobodys = [ClientSecretHash.OfNobody];

    private readonly List<ClientSecretHash> _hashes = [];

    public IReadOnlyList<ClientSecretHash> Hashes => _hashes;

    /// <summary>Whether one is shorter than <see cref="IdJagClient.MinSecretChars"/>.</summary>
    public bool HasShort { get; private set; }

    public void Add(string? secret)
    {
        if (secret is null) return;
        HasShort |= secret.Length < IdJagClient.MinSecretChars;
        _hashes.Add(ClientSecretHash.Of(secret));
    }

    public void Add(IEnumerable<string> secrets)
    {
        foreach (var secret in secrets) Add(secret);
    }

    /// <summary>Whether one of them was presented. Costs the same for somebody unknown: null, or without secrets.</summary>
    public static bool Match(ClientSecrets? known, string presented)
    {
        var hash = ClientSecretHash.Of(presented);
        var matches = false;
        foreach (var one in known?.Hashes is { Count: > 0 } hashes ? hashes : Nobodys) matches |= one.Matches(hash);
        return matches;
    }
}
