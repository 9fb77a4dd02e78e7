using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using IdJagBroker.Clients;

namespace IdJagBroker.Audit.Webhooks;

/// <summary>A secret of an endpoint as the table keeps it: sealed, because signing needs it back.</summary>
/// <param name="Id">Names it to administrators; says nothing about it.</param>
/// <param name="Sealed">As <see cref="WebhookSecrets.Seal"/> makes it.</param>
/// <param name="CreatedAt">When it was added.</param>
/// <param name="ExpiresAt">From when on nothing is signed with it, or null.</param>
internal sealed record WebhookSecret(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("sealed")] string Sealed,
    [property: JsonPropertyName("created_at")] DateTimeOffset CreatedAt,
    [property: JsonPropertyName("expires_at")] DateTimeOffset? ExpiresAt)
{
    /// <summary>The most that may be live at once: the old and the new of a rotation.</summary>
    public const int MaxLive = 2;

    public bool IsLive(DateTimeOffset now) => ExpiresAt is not { } end || now < end;

    public static IReadOnlyList<WebhookSecret> ReadAll(string json) => JsonSerializer.Deserialize<List<WebhookSecret>>(json)!;

    public static string WriteAll(IEnumerable<WebhookSecret> secrets) => JsonSerializer.Serialize(secrets.ToList());
}

/// <summary>
/// Makes, seals (AES-256-GCM) and opens the secrets of endpoints, under a key that is derived from <c>Clients:SecretKey</c>: who has the
/// database alone can sign nothing. A sealed secret opens only as the one of its endpoint.
/// </summary>
internal sealed class WebhookSecrets(ClientSecretHash keys) : IDisposable
{
    private const string Prefix = "whsec_";
    private const int SecretBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private readonly AesGcm _cipher = new(keys.DeriveKey("webhook secret"), TagBytes);

    /// <summary>A new secret as the receiver's library takes it (Standard Webhooks): <c>whsec_</c> and base64.</summary>
    public static string New() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBytes));

    /// <summary>The key in it.</summary>
    public static byte[] KeyOf(string secret) => Convert.FromBase64String(secret[Prefix.Length..]);

    /// <summary>A sealed record of a secret.</summary>
    public WebhookSecret Seal(string webhook, string secret, DateTimeOffset now, DateTimeOffset? expiresAt)
    {
        var id = "s-" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(9));
        var key = KeyOf(secret);
        var box = new byte[NonceBytes + TagBytes + key.Length];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceBytes));
        _cipher.Encrypt(box.AsSpan(0, NonceBytes), key, box.AsSpan(NonceBytes + TagBytes), box.AsSpan(NonceBytes, TagBytes), Context(webhook, id));
        return new WebhookSecret(id, Base64Url.EncodeToString(box), now, expiresAt);
    }

    /// <summary>The keys to sign with now.</summary>
    /// <exception cref="CryptographicException">A row was moved or changed, or <c>Clients:SecretKey</c> is another.</exception>
    public IReadOnlyList<byte[]> Open(Webhook webhook, DateTimeOffset now) =>
        [.. webhook.Secrets.Where(secret => secret.IsLive(now)).Select(secret => Open(webhook.Id, secret))];

    public void Dispose() => _cipher.Dispose();

    private byte[] Open(string webhook, WebhookSecret secret)
    {
        var box = Base64Url.DecodeFromChars(secret.Sealed).AsSpan();
        var key = new byte[box.Length - NonceBytes - TagBytes];
        _cipher.Decrypt(box[..NonceBytes], box[(NonceBytes + TagBytes)..], box.Slice(NonceBytes, TagBytes), key, Context(webhook, secret.Id));
        return key;
    }

    private static byte[] Context(string webhook, string id) => Encoding.UTF8.GetBytes($"{webhook} {id}");
}
