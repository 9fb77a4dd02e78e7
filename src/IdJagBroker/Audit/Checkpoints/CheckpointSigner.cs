using System.Text.Json.Nodes;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Audit.Sequencing;
using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol.Jws;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace IdJagBroker.Audit.Checkpoints;

/// <summary>
/// Signs what the log has come to, at intervals, with a key of its own kind. The signature is made beside the sequencing: a vault that is slow
/// or away delays checkpoints and nothing else.
/// </summary>
internal sealed partial class CheckpointSigner(SigningKeyRing keys, LogOrigin origin, IOptions<CheckpointOptions> options, TimeProvider clock, ILogger<CheckpointSigner> log)
{
    /// <summary>The event that tells of a checkpoint.</summary>
    public const string EventType = "log.checkpoint";

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private readonly DateTimeOffset _start = clock.GetUtcNow();
    private Task<SignedCheckpoint>? _signing;
    private DateTimeOffset _notBefore = DateTimeOffset.MinValue;
    private bool _trouble;

    /// <summary>Signs when it is due, and keeps what was signed; returns without waiting for a signature.</summary>
    /// <exception cref="NpgsqlException">The database did not keep it.</exception>
    public async Task TurnAsync(LogTail tail, CancellationToken ct)
    {
        if (_signing is { IsCompleted: true } done)
        {
            _signing = null;
            if (await ResultAsync(done) is { } signed && signed.Checkpoint.Size > tail.Checkpointed.Size
                // Whoever verifies asks the log itself whose key that was: the answer must be among what is signed.
                && await tail.HoldsActivationAsync(signed.Kid, signed.Checkpoint.Size, ct)) await tail.KeepAsync(signed, Record(signed), ct);
        }
        if (_signing is null && IsDue(tail)) _signing = SignAsync(tail.Tree.Size, tail.Tree.Root(), tail.RecordedAt, tail.Tree.PartialTiles(), ct);
    }

    private bool IsDue(LogTail tail)
    {
        var now = clock.GetUtcNow();
        if (tail.Substance <= tail.Checkpointed.Size || now < _notBefore) return false;
        return tail.Substance - tail.Checkpointed.Size >= options.Value.Events || now - (tail.Checkpointed.SignedAt ?? _start) >= options.Value.Every;
    }

    private async Task<SignedCheckpoint> SignAsync(long size, TreeHash root, DateTimeOffset recordedAt, IReadOnlyList<Tile> partialTiles, CancellationToken ct)
    {
        await Task.Yield();
        var key = keys.For(KeyPurpose.AuditCheckpoint, JwsAlgorithm.ES256);
        var checkpoint = new Checkpoint(origin.Name, size, root, recordedAt);
        return new SignedCheckpoint(checkpoint, await checkpoint.SignAsync(key, ct), key.PublicKey.Thumbprint, clock.GetUtcNow(), partialTiles);
    }

    private async Task<SignedCheckpoint?> ResultAsync(Task<SignedCheckpoint> signing)
    {
        try
        {
            var signed = await signing;
            _trouble = false;
            return signed;
        }
        catch (Exception e)      // whatever the key's trouble is, the log goes on, and this tries again
        {
            if (!_trouble) NotSigned(e);        // once for each outage
            _trouble = true;
            _notBefore = clock.GetUtcNow() + RetryAfter;
            return null;
        }
    }

    private static AuditEvent Record(SignedCheckpoint signed) => new()
    {
        Id = Guid.CreateVersion7(signed.SignedAt),
        OccurredAt = signed.SignedAt,
        Type = EventType,
        Outcome = AuditOutcome.Ok,
        ActorKind = "system",
        ActorKey = "sequencer",
        Kid = signed.Kid,
        Data = EventData.Of(new JsonObject { ["root"] = signed.Checkpoint.Root.ToString(), ["size"] = signed.Checkpoint.Size }),
    };

    [LoggerMessage(1012, LogLevel.Error, "A checkpoint of the log could not be signed; it is tried again every second")]
    private partial void NotSigned(Exception exception);
}

/// <summary>A checkpoint with its signature, and the tiles that a tree of its size has beside the full ones.</summary>
internal sealed record SignedCheckpoint(Checkpoint Checkpoint, string Note, string Kid, DateTimeOffset SignedAt, IReadOnlyList<Tile> PartialTiles)
{
    public NpgsqlBatchCommand Insert() =>
        new("insert into audit_checkpoint (size, root, recorded_at, signed_at, kid, note) values ($1, $2, $3, $4, $5, $6)")
        {
            Parameters =
            {
                new() { Value = Checkpoint.Size }, new() { Value = Checkpoint.Root.AsSpan().ToArray() }, new() { Value = Checkpoint.RecordedAt, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new() { Value = SignedAt }, new() { Value = Kid }, new() { Value = Note },
            },
        };
}
