using System.Collections.Concurrent;
using IdJagBroker.Keys.KeyVault;
using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol.Jws;
using Microsoft.Extensions.Options;

namespace IdJagBroker.Keys.Providers;

/// <summary>
/// Keys that never leave their vault: each signature is a call. The vault's versions of a key are the keys here; a version that
/// somebody made there is adopted like one that the broker asked for.
/// </summary>
[KeyMode(Mode)]
internal sealed partial class VaultKeys : ISigningKeyProvider
{
    public const string Mode = "vault";

    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMinutes(1);

    private readonly Vaults _vaults;
    private readonly ILogger<VaultKeys> _log;
    private readonly KeyTimes _times;
    private readonly ConcurrentDictionary<KeySlot, DateTimeOffset> _askAgainAt = new();

    /// <exception cref="Hosting.StartupFailedException">The vaults are not configured as they must be.</exception>
    public VaultKeys(Vaults vaults, IOptions<KeyOptions> options, ILogger<VaultKeys> log)
    {
        (_vaults, _log) = (vaults, log);
        AllPlaces = [.. vaults.All.Select(vault => vault.Place)];
        // The configured times are of the mode in use: behind another one, a key that stays in the vault lives as long as such keys do.
        _times = options.Value.Mode is Mode ? options.Value.TimesOr(KeyTimes.OfLongLife) : KeyTimes.OfLongLife;
    }

    private string[] AllPlaces { get; }

    public KeyTimes TimesFor(KeyPurpose purpose) => _times;

    /// <summary>All vaults; for the log and the policy the first, since it is one signature a minute, and who verifies for years should have one key to know.</summary>
    public IReadOnlyList<string> Places(KeyPurpose purpose, JwsAlgorithm algorithm) => purpose.IsKept() ? AllPlaces[..1] : AllPlaces;

    public async Task<SigningKeyRow?> CreateAsync(KeySlot slot, IReadOnlyList<SigningKeyRow> known, DateTimeOffset now, CancellationToken ct)
    {
        var vault = _vaults.At(slot.Place);
        try
        {
            var versions = await VersionsAsync(vault, slot, ct);
            var row = await AdoptAsync(vault, slot, versions, known, now, ct);
            return row ?? (await MakeAsync(vault, slot, versions.Count > 0, now, ct) is { } made ? RowOf(vault, slot, made, now) : null);
        }
        catch (KeyVaultException e)
        {
            throw new SigningUnavailableException($"Vault {vault.Place} gives no next key for {slot.Purpose} {slot.Algorithm}: {e.Message}", e);
        }
    }

    public async Task<ISigningKey> OpenAsync(SigningKeyRow key, CancellationToken ct)
    {
        var vault = _vaults.At(key.Place);
        try
        {
            var opened = await KeyVaultSigningKey.OpenAsync(vault.Client, vault.Budget, vault.IdOf(key.Reference), key.Slot.Algorithm, ct);
            if (key.IsOf(opened.PublicKey)) return opened;
            opened.Dispose();
            throw new SigningUnavailableException($"{key.Reference} is another key than the one that is published.");
        }
        catch (KeyVaultException e)
        {
            throw new SigningUnavailableException($"{key.Reference} cannot sign: {e.Message}", e);
        }
    }

    // A key that is not there has no versions, or is not found: vaults differ.
    private static async Task<IReadOnlyList<VaultKeyVersion>> VersionsAsync(ConfiguredVault vault, KeySlot slot, CancellationToken ct)
    {
        try
        {
            return await vault.Client.ListVersionsAsync(vault.SigningKey(slot), ct);
        }
        catch (KeyVaultRefusedException e) when (e.Status is 404)
        {
            return [];
        }
    }

    // Only what is newer than all that the slot had: an old version that was never used here may be old for a reason.
    private static async Task<SigningKeyRow?> AdoptAsync(
        ConfiguredVault vault, KeySlot slot, IReadOnlyList<VaultKeyVersion> versions, IReadOnlyList<SigningKeyRow> known, DateTimeOffset now, CancellationToken ct)
    {
        var references = known.Select(key => key.Reference).ToHashSet(StringComparer.Ordinal);
        var newestKnown = versions.Where(version => references.Contains(version.Id.ToString())).Max(version => (DateTimeOffset?)version.Attributes.Created);
        var next = versions
            .Where(version => !references.Contains(version.Id.ToString()) && version.Attributes.IsUsableAt(now) && !(version.Attributes.Created < newestKnown))
            .MaxBy(version => version.Attributes.Created);
        if (next is null) return null;
        var row = RowOf(vault, slot, await vault.Client.GetKeyAsync(next.Id, ct), now);
        return known.Any(key => key.Kid == row.Kid) ? null : row;       // the same key under another version: restored, or imported again
    }

    private async Task<VaultKey?> MakeAsync(ConfiguredVault vault, KeySlot slot, bool exists, DateTimeOffset now, CancellationToken ct)
    {
        if (_askAgainAt.TryGetValue(slot, out var at) && now < at) return null;
        var name = vault.SigningKey(slot);
        try
        {
            var made = exists ? await vault.Client.RotateKeyAsync(name, ct) : await vault.Client.CreateKeyAsync(name, vault.KindFor(slot.Algorithm), ["sign", "verify"], ct);
            if (made.Attributes.IsUsableAt(now)) return made;
            _askAgainAt[slot] = now + AskAgainAfter;        // or there would be a new version each second
            throw new KeyVaultRefusedException("use a new key", 0, "KeyNotYetValidOrExpired");
        }
        catch (KeyVaultRefusedException e) when (e.Status is 403)
        {
            _askAgainAt[slot] = now + AskAgainAfter;
            if (exists) MayNotRotate(name, vault.Place, e.Code); else MayNotCreate(name, vault.Place, e.Code, slot.Algorithm.Name);
            return null;
        }
    }

    private static SigningKeyRow RowOf(ConfiguredVault vault, KeySlot slot, VaultKey version, DateTimeOffset now)
    {
        using var key = KeyVaultSigningKey.Of(vault.Client, vault.Budget, version, slot.Algorithm);
        return slot.NewKey(Mode, key.PublicKey, version.Id.ToString(), now) with { NotAfter = version.Attributes.Expires };
    }

    [LoggerMessage(1621, LogLevel.Warning,
        "The next version of key {Name} is due, and the broker may not make it ({Code}). Make one: az keyvault key rotate -n {Name} --vault-name …  ({Place}). It is then taken up by itself")]
    private partial void MayNotRotate(string name, string place, string code);

    [LoggerMessage(1622, LogLevel.Warning,
        "There is no key {Name} in vault {Place}, and the broker may not make it ({Code}). Make one for {Algorithm}, not exportable, with the operations sign and verify. It is then taken up by itself")]
    private partial void MayNotCreate(string name, string place, string code, string algorithm);
}
