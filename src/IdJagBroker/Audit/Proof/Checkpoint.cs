using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Audit.Proof;

/// <summary>What the log commits to: so many events, with this root over them (C2SP tlog-checkpoint).</summary>
/// <param name="Origin">The log's name.</param>
/// <param name="Size">How many events.</param>
/// <param name="Root">The root of their tree.</param>
/// <param name="RecordedAt">The time of the newest event, in an extension line; null of an empty log.</param>
internal sealed record Checkpoint(string Origin, long Size, TreeHash Root, DateTimeOffset? RecordedAt)
{
    private const string TimeLine = "recorded_at ";

    /// <summary>The text that is signed.</summary>
    public string ToText() =>
        $"{Origin}\n{Size.ToString(CultureInfo.InvariantCulture)}\n{Root}\n" + (RecordedAt is { } time ? $"{TimeLine}{EventTime.Write(time)}\n" : "");

    /// <summary>The signed note, under the origin as the key's name.</summary>
    /// <exception cref="ArgumentException">The origin is no name of a log, or the key is not for ES256.</exception>
    public ValueTask<string> SignAsync(ISigningKey key, CancellationToken ct) => SignedNote.SignAsync(ToText(), Origin, key, ct);

    /// <summary>Reads the text of a note. Signed or not is not asked here.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Checkpoint? checkpoint)
    {
        checkpoint = null;
        var lines = text.Split('\n');
        if (lines.Length is < 4 or > 20 || lines[^1].Length > 0 || lines[..^1].Any(line => line.Length is 0) || !SignedNote.IsKeyName(lines[0])) return false;
        if (!TrySize(lines[1], out var size) || !TreeHash.TryParse(lines[2], out var root)) return false;
        if (size is 0 && root != TreeHash.Empty) return false;
        DateTimeOffset? recordedAt = null;
        foreach (var line in lines[3..^1].Where(line => line.StartsWith(TimeLine, StringComparison.Ordinal)))
        {
            if (recordedAt is not null || !EventTime.TryParse(Encoding.UTF8.GetBytes(line[TimeLine.Length..]), out var ticks)) return false;
            recordedAt = new DateTimeOffset(ticks, TimeSpan.Zero);
        }
        checkpoint = new Checkpoint(lines[0], size, root, recordedAt);
        return true;
    }

    /// <summary>A number of events: decimal, without leading zeros, at most 2^53 - 1.</summary>
    public static bool TrySize(ReadOnlySpan<char> text, out long size) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out size) && size <= CanonicalJsonWriter.MaxInteger
        && (text[0] is not '0' || text.Length is 1);
}

/// <summary>A checkpoint with its note and those of the given keys that signed it.</summary>
/// <param name="Note">As it was read.</param>
/// <param name="Signers">At least one.</param>
internal sealed record VerifiedCheckpoint(Checkpoint Checkpoint, string Note, IReadOnlyList<LogKey> Signers)
{
    /// <summary>Reads a note and verifies it. Never throws on what a stranger wrote.</summary>
    /// <param name="utf8">The note.</param>
    /// <param name="keys">The log's keys; one of them must have signed under the origin as its name.</param>
    /// <param name="origin">The log's name, or null to take whatever name a key of that name, or of none, signed.</param>
    /// <param name="verified">The checkpoint.</param>
    /// <param name="fault">Why not, otherwise: a sentence that goes on after "the checkpoint".</param>
    public static bool TryOpen(
        ReadOnlySpan<byte> utf8, IReadOnlyList<LogKey> keys, string? origin, [NotNullWhen(true)] out VerifiedCheckpoint? verified, [NotNullWhen(false)] out string? fault)
    {
        (verified, fault) = (null, null);
        if (!SignedNote.TryParse(utf8, out var note)) fault = "is not a signed note";
        else if (!Checkpoint.TryParse(note.Text, out var checkpoint)) fault = "is a signed note of something else";
        else if (origin is not null && checkpoint.Origin != origin) fault = $"is of the log '{checkpoint.Origin}', not of '{origin}'";
        else if (note.SignersAmong(keys, checkpoint.Origin) is not { Count: > 0 } signers) fault = "is not signed by any of the log's keys that were given";
        else verified = new VerifiedCheckpoint(checkpoint, Encoding.UTF8.GetString(utf8), signers);
        return verified is not null;
    }
}
