using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Azure.Core;
using Azure.Core.Pipeline;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Keys.KeyVault;

/// <summary>
/// The operations of one vault that the broker needs (Key Vault REST API, <c>/keys</c>). Each throws
/// <see cref="KeyVaultUnavailableException"/>, <see cref="KeyVaultThrottledException"/> or <see cref="KeyVaultRefusedException"/>.
/// </summary>
/// <param name="transport">The caller's, who disposes of it.</param>
internal sealed class KeyVaultClient(
    VaultAddress vault, TokenCredential credential, HttpPipelineTransport transport, KeyVaultLimits limits, TimeProvider time, ILogger<KeyVaultClient> log) : IDisposable
{
    /// <summary>Pinned: the oldest version with rotation that every cloud and Managed HSM has.</summary>
    internal const string ApiVersion = "7.4";

    private const int MaxPages = 100;

    private readonly VaultPipeline _pipeline = new(vault, credential, transport, limits, time, log);

    public VaultAddress Vault => vault;

    internal TimeProvider Time => time;

    /// <summary>The vault's clock less ours, from its last answer; null before any.</summary>
    public TimeSpan? ClockSkew => _pipeline.Clock.Skew;

    /// <summary>Whether the vault is not asked for the moment: it throttles, or has failed several times running.</summary>
    public bool IsPaused(out TimeSpan retryAfter) => _pipeline.IsPaused(out retryAfter);

    /// <summary>The key's current version.</summary>
    public Task<VaultKey> GetKeyAsync(string name, CancellationToken ct) => GetKeyAsync(Named(name), ct);

    /// <summary>That version of the key, or the current one if the id has none.</summary>
    public Task<VaultKey> GetKeyAsync(KeyVaultKeyId id, CancellationToken ct) => KeyAsync(new("read a key", RequestMethod.Get, UrlOf(Own(id).Path)), id, ct);

    /// <summary>All versions of a key, enabled or not, in no order.</summary>
    public Task<IReadOnlyList<VaultKeyVersion>> ListVersionsAsync(string name, CancellationToken ct) =>
        ListAsync("list a key's versions", Named(name).Path + "/versions", name, ct);

    /// <summary>All keys, each without its versions.</summary>
    public Task<IReadOnlyList<VaultKeyVersion>> ListKeysAsync(CancellationToken ct) => ListAsync("list keys", "keys", null, ct);

    /// <summary>Makes a key that cannot be exported; or a new version, if there is one of that name.</summary>
    /// <param name="operations">All that the vault will do with it, such as <c>sign</c>, <c>verify</c>.</param>
    public Task<VaultKey> CreateKeyAsync(string name, VaultKeyKind kind, IReadOnlyList<string> operations, CancellationToken ct) =>
        KeyAsync(new("make a key", RequestMethod.Post, UrlOf(Named(name).Path + "/create"), Json(json =>
        {
            json.WriteString("kty", kind.VaultType);
            if (kind.Curve is not null) json.WriteString("crv", kind.Curve); else json.WriteNumber("key_size", kind.Bits);
            json.WriteStartArray("key_ops");
            foreach (var operation in operations) json.WriteStringValue(operation);
            json.WriteEndArray();
        }), MakesKey: true), Named(name), ct);

    /// <summary>Makes the next version of a key, of the same kind.</summary>
    public Task<VaultKey> RotateKeyAsync(string name, CancellationToken ct) =>
        KeyAsync(new("rotate a key", RequestMethod.Post, UrlOf(Named(name).Path + "/rotate"), MakesKey: true), Named(name), ct);

    /// <summary>Lets a version be used, or not; it can be undone.</summary>
    public Task<VaultKey> SetEnabledAsync(KeyVaultKeyId id, bool enabled, CancellationToken ct) =>
        KeyAsync(new(enabled ? "enable a key" : "disable a key", RequestMethod.Patch, UrlOf($"keys/{Own(id).Name}/{id.PinnedVersion}"), Json(json =>
        {
            json.WriteStartObject("attributes");
            json.WriteBoolean("enabled", enabled);
            json.WriteEndObject();
        })), id, ct);

    /// <summary>Signs a digest with that version; the signature is in its JWS form.</summary>
    public async Task<byte[]> SignAsync(KeyVaultKeyId id, JwsAlgorithm algorithm, ReadOnlyMemory<byte> digest, CancellationToken ct)
    {
        var expected = algorithm.SignatureBytes;        // 0 for RSA: as long as the modulus, which the caller knows
        var signature = await OperateAsync("sign", id, "sign", algorithm.Name, digest, expected is 0 ? 1024 : expected, ct);
        return expected is 0 || signature.Length == expected ? signature : throw VaultAnswer.Unusable("its signature has another length");
    }

    /// <summary>Encrypts a small key with an RSA key of the vault (RSA-OAEP-256).</summary>
    public Task<byte[]> WrapKeyAsync(KeyVaultKeyId id, ReadOnlyMemory<byte> plain, CancellationToken ct) =>
        OperateAsync("wrap a key", id, "wrapkey", "RSA-OAEP-256", plain, 1024, ct);

    /// <summary>Decrypts what <see cref="WrapKeyAsync"/> encrypted; the caller erases it when done.</summary>
    public Task<byte[]> UnwrapKeyAsync(KeyVaultKeyId id, ReadOnlyMemory<byte> wrapped, CancellationToken ct) =>
        OperateAsync("unwrap a key", id, "unwrapkey", "RSA-OAEP-256", wrapped, 1024, ct);

    public void Dispose() => _pipeline.Dispose();

    private KeyVaultKeyId Named(string name) =>
        KeyVaultKeyId.IsName(name) ? new(vault, name, null) : throw new ArgumentException("1 to 127 letters, digits and hyphens.", nameof(name));

    private KeyVaultKeyId Own(KeyVaultKeyId id) => id.Vault == vault ? id : throw new ArgumentException("A key of another vault.", nameof(id));

    private async Task<VaultKey> KeyAsync(VaultCall call, KeyVaultKeyId asked, CancellationToken ct)
    {
        using var answer = await _pipeline.SendAsync(call, ct);
        return answer.Key(asked);
    }

    private async Task<byte[]> OperateAsync(
        string operation, KeyVaultKeyId id, string verb, string algorithm, ReadOnlyMemory<byte> value, int maxBytes, CancellationToken ct)
    {
        var body = Json(json =>
        {
            json.WriteString("alg", algorithm);
            var text = new byte[Base64Url.GetEncodedLength(value.Length)];
            Base64Url.EncodeToUtf8(value.Span, text);
            json.WriteString("value", text);
            CryptographicOperations.ZeroMemory(text);
        });
        using var answer = await _pipeline.SendAsync(new(operation, RequestMethod.Post, UrlOf($"keys/{Own(id).Name}/{id.PinnedVersion}/{verb}"), body), ct);
        return answer.Result(id, maxBytes);
    }

    private async Task<IReadOnlyList<VaultKeyVersion>> ListAsync(string operation, string path, string? keyName, CancellationToken ct)
    {
        var all = new List<VaultKeyVersion>();
        var page = UrlOf(path);
        for (var pages = 0; pages < MaxPages; pages++)
        {
            using var answer = await _pipeline.SendAsync(new(operation, RequestMethod.Get, page), ct);
            var (entries, next) = answer.Page(vault, keyName);
            all.AddRange(entries);
            if (next is null) return all;
            page = next;
        }
        throw VaultAnswer.Unusable("its list does not end");
    }

    private Uri UrlOf(string path) => new(vault.Uri, $"{path}?api-version={ApiVersion}");

    private static byte[] Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        var body = buffer.WrittenSpan.ToArray();
        buffer.Clear();                     // erases
        return body;
    }
}
