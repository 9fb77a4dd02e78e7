using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace IdJagBroker.Audit.Proof;

/// <summary>That one event is in the log, in a file that needs nothing else but the log's public key (C2SP tlog-proof@v1).</summary>
/// <param name="Index">The event's <c>seq</c>.</param>
/// <param name="Path">From the leaf's sibling up.</param>
/// <param name="Note">The checkpoint, as it was signed.</param>
internal sealed record TlogProof(long Index, IReadOnlyList<TreeHash> Path, string Note)
{
    /// <summary>The longest proof read.</summary>
    public const int MaxBytes = SignedNote.MaxBytes + (16 * 1024);

    private const string FirstLine = "c2sp.org/tlog-proof@v1";
    private const int MaxPath = 63;

    /// <summary>The text of the file.</summary>
    public string ToText() => $"{FirstLine}\nindex {Index.ToString(CultureInfo.InvariantCulture)}\n{string.Concat(Path.Select(hash => $"{hash}\n"))}\n{Note}";

    /// <summary>Reads a proof; never throws on what a stranger wrote. A line <c>extra</c> is passed over: nothing vouches for it.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out TlogProof? proof)
    {
        proof = null;
        if (utf8.Length > MaxBytes || !System.Text.Unicode.Utf8.IsValid(utf8)) return false;
        var text = Encoding.UTF8.GetString(utf8);
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        if (end < 0) return false;
        var lines = text[..end].Split('\n').AsSpan();
        if (lines[0] != FirstLine) return false;
        lines = lines[1..];
        if (lines.Length > 0 && lines[0].StartsWith("extra ", StringComparison.Ordinal)) lines = lines[1..];
        if (lines.Length is 0 or > MaxPath + 1 || !lines[0].StartsWith("index ", StringComparison.Ordinal)
            || !Checkpoint.TrySize(lines[0].AsSpan("index ".Length), out var index)) return false;
        var path = new List<TreeHash>(lines.Length - 1);
        foreach (var line in lines[1..])
        {
            if (!TreeHash.TryParse(line, out var hash)) return false;
            path.Add(hash);
        }
        proof = new TlogProof(index, path, text[(end + 2)..]);
        return true;
    }

    /// <summary>Whether the event with this leaf hash is in a log that one of the keys vouches for.</summary>
    /// <param name="leaf">The hash of the event's line.</param>
    /// <param name="keys">The log's keys.</param>
    /// <param name="origin">The log's name, or null to take the one that a key signed.</param>
    /// <param name="checkpoint">What it is proved against.</param>
    /// <param name="fault">Why not, otherwise: a sentence.</param>
    public bool TryVerify(
        in TreeHash leaf, IReadOnlyList<LogKey> keys, string? origin, [NotNullWhen(true)] out VerifiedCheckpoint? checkpoint, [NotNullWhen(false)] out string? fault)
    {
        if (!VerifiedCheckpoint.TryOpen(Encoding.UTF8.GetBytes(Note), keys, origin, out checkpoint, out fault))
        {
            fault = $"The proof's checkpoint {fault}.";
            return false;
        }
        var tree = checkpoint.Checkpoint;
        if (Index >= tree.Size) fault = $"The proof is for event {Index}, and its checkpoint is of {tree.Size} events.";
        else if (!TreeProof.VerifyInclusion(leaf, Index, tree.Size, Path, tree.Root)) fault = $"The line is not event {Index} of the log as the checkpoint of {tree.Size} events has it.";
        if (fault is null) return true;
        checkpoint = null;
        return false;
    }
}
