using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace IdJagBroker.Clients.Registry;

/// <summary>A secret as the registry keeps it: the hash, never the secret.</summary>
/// <param name="Id">Names it to administrators; says nothing about it.</param>
/// <param name="Hash">As <see cref="ClientSecretHash.Hash"/> makes it.</param>
/// <param name="CreatedAt">When it was added.</param>
/// <param name="ExpiresAt">From when on it counts no more, or null.</param>
internal sealed record RegisteredSecret(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("hash")] string Hash,
    [property: JsonPropertyName("created_at")] DateTimeOffset CreatedAt,
    [property: JsonPropertyName("expires_at")] DateTimeOffset? ExpiresAt)
{
    /// <summary>The most that may be live at once: the old and the new of a rotation.</summary>
    public const int MaxLive = 2;

    private static readonly JsonSerializerOptions Options = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>Whether it is the same secret under another name.</summary>
    public bool IsSameAs(RegisteredSecret other) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Hash), Encoding.UTF8.GetBytes(other.Hash));

    public bool IsLive(DateTimeOffset now) => ExpiresAt is not { } end || now < end;

    /// <summary>What the column holds. A row that somebody spoilt by hand costs that client its secrets, and nobody else anything.</summary>
    public static IReadOnlyList<RegisteredSecret> ReadAll(string json)
    {
        try
        {
            return [.. (JsonSerializer.Deserialize<List<RegisteredSecret?>>(json, Options) ?? []).OfType<RegisteredSecret>().Where(secret => secret is { Id: not null, Hash: not null })];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    public static string WriteAll(IEnumerable<RegisteredSecret> secrets) => JsonSerializer.Serialize(secrets.ToList(), Options);
}
