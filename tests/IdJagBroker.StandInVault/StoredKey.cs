using System.Text.Json.Nodes;

namespace IdJagBroker.StandIn;

/// <summary>A key with its versions, oldest first. The store's lock is held by whoever touches it.</summary>
internal sealed class StoredKey(string name)
{
    public string Name { get; } = name;

    public List<KeyVersion> Versions { get; } = [];

    public JsonObject? RotationPolicy { get; set; }

    /// <summary>When it was deleted; null while it lives.</summary>
    public DateTimeOffset? DeletedAt { get; set; }

    /// <summary>Until when the vault is still at it: a deleted or recovered key shows where it went only after a moment.</summary>
    public DateTimeOffset SettlesAt { get; set; }

    public KeyVersion Current => Versions[^1];

    public KeyVersion Find(string? version) =>
        version is null or "" ? Current : Versions.Find(one => one.Version == version) ?? throw VaultFailure.KeyNotFound($"{Name}/{version}");
}
