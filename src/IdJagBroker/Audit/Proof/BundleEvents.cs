using System.Runtime.InteropServices;
using System.Text;

namespace IdJagBroker.Audit.Proof;

/// <summary>Checks the events of one kind of part, line by line in their order.</summary>
internal sealed class BundleEvents(
    BundlePartKind kind, BundleManifest manifest, Checkpoint checkpoint, BundleTiles tiles, KeyHistory keys, PolicyHistory policies, BundleFindings findings)
{
    private readonly bool _gapless = kind is BundlePartKind.Events && manifest.Filter is null;
    private readonly long _latest = checkpoint.RecordedAt?.UtcTicks ?? long.MaxValue;
    private long _next = kind is BundlePartKind.Events ? manifest.From : 0;
    private readonly HashSet<string> _said = [];
    private long _clock;
    private long _tileIndex = -1;
    private ReadOnlyMemory<byte>? _tile;

    /// <summary>How many events are in the log as the bundle has them.</summary>
    public long Proved { get; private set; }

    public void Read(string bundle, BundlePart part)
    {
        var lines = 0L;
        PartReader.Read(bundle, part, findings, (number, line) =>
        {
            lines = number;
            if (LineMembers.TryRead(line, out var read, out var fault)) Check(part.Name, number, read, line);
            else findings.Add(FindingKind.Line, $"Line {number} of {part.Name} {fault}.", part.Name, number);
            return !findings.IsFull;
        });
        if (!findings.IsFull && lines != part.Events)
            findings.Add(FindingKind.Part, $"{part.Name} has {lines} events, and was exported with {part.Events}.", part.Name, lines);
    }

    /// <summary>After the last part: whether events are missing at the end.</summary>
    public void End()
    {
        if (_gapless && _next < manifest.To) findings.Add(FindingKind.EventMissing, Missing(_next, manifest.To), seq: _next);
    }

    private void Check(string file, long line, in LineMembers read, ReadOnlySpan<byte> bytes)
    {
        var seq = read.Seq;
        CheckPlace(file, line, seq);
        if (seq >= checkpoint.Size) return;
        var isProved = IsInTree(seq, bytes);
        if (isProved is false) findings.Add(FindingKind.EventChanged, $"Event {seq} is not what the log recorded: line {line} of {file} was changed.", file, line, seq);
        if (isProved is true) Proved++;

        if (read.RecordedAt < _clock) findings.Add(FindingKind.Clock, $"Event {seq} was recorded before the event that it follows.", file, line, seq);
        else if (read.RecordedAt > _latest) findings.Add(FindingKind.Clock, $"Event {seq} was recorded after the checkpoint that covers it.", file, line, seq);
        _clock = Math.Max(_clock, read.RecordedAt);

        if (isProved is false) return;                              // not the log's word: it says nothing about keys and policies
        keys.Note(read, bytes);
        policies.Note(read);
        if (kind is BundlePartKind.Context) return;
        if (policies.Fault(read) is { } policyFault) SayOnce(FindingKind.Policy, policyFault, file, line, seq);
        if (read.Type.SequenceEqual("idjag.issued"u8) && keys.Fault(read.Kid, seq, read.RecordedAt) is { } keyFault)
            SayOnce(FindingKind.Key, $"{keyFault} ({Encoding.UTF8.GetString(read.Kid)})", file, line, seq);
    }

    // One missing event of a key would otherwise be told by each token of that key.
    private void SayOnce(FindingKind what, string fault, string file, long line, long seq)
    {
        if (_said.Add(fault)) findings.Add(what, $"Event {seq} {fault}; later ones with the same fault are not listed.", file, line, seq);
    }

    private void CheckPlace(string file, long line, long seq)
    {
        if (seq >= checkpoint.Size || (kind is BundlePartKind.Events && (seq < manifest.From || seq >= manifest.To)))
        {
            findings.Add(FindingKind.EventUnexpected, $"Event {seq} is not among those that were exported.", file, line, seq);
            return;
        }
        if (seq < _next) findings.Add(FindingKind.EventOutOfOrder, $"Event {seq} is not in its place: it comes after event {_next - 1}.", file, line, seq);
        else if (_gapless && seq > _next) findings.Add(FindingKind.EventMissing, Missing(_next, seq), file, line, _next);
        _next = Math.Max(_next, seq + 1);
    }

    // Null if the bundle has no tile to say so.
    private bool? IsInTree(long seq, ReadOnlySpan<byte> line)
    {
        var index = seq / TileId.FullWidth;
        if (index != _tileIndex) (_tileIndex, _tile) = (index, tiles.Find(TileId.In(checkpoint.Size, 0, index)));
        if (_tile is not { } tile) return null;
        return TreeHash.Leaf(line) == MemoryMarshal.Read<TreeHash>(tile.Span[((int)(seq % TileId.FullWidth) * TreeHash.Bytes)..]);
    }

    private static string Missing(long from, long to) => to - from is 1 ? $"Event {from} is missing." : $"Events {from} to {to - 1} are missing.";
}
