using System.Security.Cryptography;
using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Storage;
using Microsoft.Extensions.Options;

namespace IdJagBroker.Keys.Providers;

/// <summary>Keys in files of this account alone, for Development. Bound to <c>Keys:Directory</c>.</summary>
[KeyMode("local", DevelopmentOnly = true)]
internal sealed class LocalKeys(IConfiguration configuration, IOptions<KeyOptions> options, KeyMaker maker) : ISigningKeyProvider
{
    private readonly string _directory = configuration["Keys:Directory"] is { Length: > 0 } given ? given : ".idjag/keys";
    private readonly KeyTimes _times = options.Value.TimesOr(KeyTimes.OfLongLife);

    public KeyTimes TimesFor(KeyPurpose purpose) => _times;

    public IReadOnlyList<string> Places(KeyPurpose purpose, JwsAlgorithm algorithm) => ["local"];

    public Task<SigningKeyRow?> CreateAsync(KeySlot slot, IReadOnlyList<SigningKeyRow> known, DateTimeOffset now, CancellationToken ct)
    {
        var made = maker.Make(slot.Algorithm);
        using var key = KeyMaterial.Open(made, slot.Algorithm);
        var name = $"{slot.Purpose.Word()}-{slot.Algorithm.Name}-{key.PublicKey.KeyId}.pem";
        KeptFile.ReadOrMake(Path.Combine(Directory.CreateDirectory(_directory).FullName, name), made.ExportPkcs8PrivateKeyPem);
        return Task.FromResult<SigningKeyRow?>(slot.NewKey("local", key.PublicKey, reference: name, now));
    }

    public Task<ISigningKey> OpenAsync(SigningKeyRow key, CancellationToken ct) => Task.FromResult<ISigningKey>(Open(key));

    private InProcessSigningKey Open(SigningKeyRow row)
    {
        var path = Path.Combine(_directory, Path.GetFileName(row.Reference));
        var key = KeyMaterial.Empty(row.Slot.Algorithm);
        try
        {
            key.ImportFromPem(KeptFile.Read(path));
            return KeyMaterial.Open(key, row.Slot.Algorithm);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException or InvalidOperationException)
        {
            key.Dispose();
            throw new SigningUnavailableException($"The key file {path} cannot be used: {e.Message}", e);
        }
    }
}
