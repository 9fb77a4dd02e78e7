using System.ComponentModel.DataAnnotations;

namespace IdJagBroker.Audit.Checkpoints;

/// <summary>How often the log is signed, and where else the signatures go. Bound to <c>Audit:Checkpoints</c>.</summary>
internal sealed class CheckpointOptions
{
    /// <summary>How often a checkpoint is signed, if anything new was recorded; more often if there are many events.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Every { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>After how many events a checkpoint is signed, however soon that is.</summary>
    [Range(1, 1_000_000)]
    public int Events { get; set; } = 10_000;

    /// <summary>A directory that each checkpoint is also written to; best on a disk that whoever administers the database cannot write.</summary>
    public string? Directory { get; set; }

    /// <summary>
    /// A container of Azure Blob Storage (<c>https://account.blob.core.windows.net/container</c>) that each checkpoint is also written to, by
    /// the broker's own identity; best with an immutability policy.
    /// </summary>
    public Uri? BlobContainer { get; set; }

    /// <summary>The client id of a user-assigned managed identity for it; empty for the one that Azure gives.</summary>
    public string? BlobClientId { get; set; }
}
