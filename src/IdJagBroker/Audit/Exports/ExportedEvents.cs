using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using IdJagBroker.Audit.Checkpoints;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Storage;

namespace IdJagBroker.Audit.Exports;

/// <summary>Takes the events of one export out of the log and into its parts, looking at each row on the way.</summary>
internal sealed class ExportedEvents(
    JobDatabase database, LogTreeRows tree, ExportFolder folder, BundleWriter writer, ExportOrder order, Checkpoint checkpoint, int progressEvery, ExportProgress progress)
{
    private readonly LogRows _rows = new(database);
    private readonly HashSet<string> _policies = [];
    private readonly DateTimeOffset _end = checkpoint.RecordedAt ?? DateTimeOffset.UnixEpoch;
    private byte[] _policy = [];
    private int _found = folder.Findings.Count;

    public async Task WriteAsync(CancellationToken ct)
    {
        // The context first: an event is judged by what came before it. Once there are parts of events, it is whole.
        if (writer.Next(BundlePartKind.Events) is null && !(order is { From: 0, Filter.TakesAll: true } && order.To == checkpoint.Size))
            await writer.WriteAsync(BundlePartKind.Context, ContextAsync(Resume(BundlePartKind.Context), ct), ct);
        await writer.WriteAsync(BundlePartKind.Events, EventsAsync(Resume(BundlePartKind.Events), ct), ct);
    }

    private bool IsGivenUp => _found >= ExportWork.MaxFindings;

    private async IAsyncEnumerable<ExportedEvent> ContextAsync((DateTimeOffset, long) at, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var row in CheckedAsync(at, _end, ofKeysAndPolicies: true, ct))
            if (!IsChosen(row)) yield return new ExportedEvent(row.Seq, row.Line);
    }

    private async IAsyncEnumerable<ExportedEvent> EventsAsync((DateTimeOffset, long) at, [EnumeratorCancellation] CancellationToken ct)
    {
        var (seen, taken) = (0L, writer.Parts(BundlePartKind.Events).Sum(part => part.Events));
        await foreach (var row in CheckedAsync(at, order.Filter.To ?? DateTimeOffset.MaxValue, ofKeysAndPolicies: false, ct))
        {
            if (seen++ % progressEvery is 0) await progress(order, row.Seq, taken);
            if (!IsChosen(row)) continue;
            await KeepPolicyAsync(row, ct);
            taken++;
            yield return new ExportedEvent(row.Seq, row.Line);
        }
        await progress(order, order.To, taken);
    }

    private bool IsChosen(LogRow row) => row.Seq >= order.From && row.Seq < order.To && order.Filter.Takes(row.Event!);

    // Rows that are as the log has them, as far as one row can show it; of the others it is noted what is wrong. Those after the checkpoint are
    // looked at and not exported: what was put there belongs somewhere else.
    private async IAsyncEnumerable<LogRow> CheckedAsync((DateTimeOffset RecordedAt, long Seq) at, DateTimeOffset until, bool ofKeysAndPolicies, [EnumeratorCancellation] CancellationToken ct)
    {
        var last = at.Seq;
        await foreach (var row in _rows.ReadAsync(at, until, ofKeysAndPolicies, ct))
        {
            if (IsGivenUp) yield break;
            var fault = row switch
            {
                { Event: null } => $"Event {row.Seq} is no line.",
                { Differing: { Count: > 0 } columns } => $"Event {row.Seq} is not what its columns say: {string.Join(", ", columns)}.",
                _ when row.Seq <= last => $"Event {row.Seq} is not in its place: it comes after event {last}.",
                { Seq: var seq } when seq >= checkpoint.Size => null,
                _ when !await IsInItsTileAsync(row, ct) => $"Event {row.Seq} and {TileId.In(checkpoint.Size, 0, row.Seq / TileId.FullWidth).ToPath()} do not agree.",
                { Event.Type: CheckpointSigner.EventType } => await CheckpointFaultAsync(row, ct),
                _ => null,
            };
            if (fault is not null) await FindAsync(new ExportFinding(row.Seq, fault), ct);
            if (row.Event is null || row.Differing.Count > 0 || row.Seq <= last) continue;
            last = row.Seq;
            if (row.Seq < checkpoint.Size) yield return row;
        }
    }

    // A tile that is missing is told by who writes it.
    private async Task<bool> IsInItsTileAsync(LogRow row, CancellationToken ct)
    {
        var at = (int)(row.Seq % TileId.FullWidth) * TreeHash.Bytes;
        return await tree.TileAsync(TileId.In(checkpoint.Size, 0, row.Seq / TileId.FullWidth), ct) is not { } tile || tile.Length < at + TreeHash.Bytes
            || tile.Span.Slice(at, TreeHash.Bytes).SequenceEqual(row.Leaf);
    }

    private async Task<string?> CheckpointFaultAsync(LogRow row, CancellationToken ct)
    {
        try
        {
            using var line = JsonDocument.Parse(row.Line);
            var data = line.RootElement.GetProperty("data");
            return await tree.FaultAsync(data.GetProperty("size").GetInt64(), data.GetProperty("root").GetString()!, ct) is { } fault ? $"Event {row.Seq} {fault}." : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return $"Event {row.Seq} tells of no checkpoint.";
        }
    }

    private Task FindAsync(ExportFinding finding, CancellationToken ct)
    {
        _found++;
        return folder.NoteAsync(finding, ct);
    }

    // Before the part that names it: going on after an interruption does not look back.
    private async Task KeepPolicyAsync(LogRow row, CancellationToken ct)
    {
        if (NewPolicy(row.Line) is not { } revision || !_policies.Add(revision)) return;
        await using var command = database.Source.CreateCommand("select files from policy_revision where revision = $1");
        command.Parameters.Add(new() { Value = revision });
        if (await command.ExecuteScalarAsync(ct) is not string files) return;       // who verifies says so, if anything was decided by it
        using var json = JsonDocument.Parse(files);
        var sources = json.RootElement.EnumerateArray().Select(file => (Name: file.GetProperty("name").GetString()!, Text: file.GetProperty("text").GetString()!));
        try
        {
            await writer.WritePolicyAsync(revision, [.. sources.Select(file => new PolicySource(file.Name, file.Name, file.Text))], ct);
        }
        catch (InvalidDataException e)
        {
            await FindAsync(new ExportFinding(row.Seq, e.Message), ct);
        }
    }

    private string? NewPolicy(ReadOnlySpan<byte> line)
    {
        if (!LineMembers.TryRead(line, out var read, out _) || read.PolicyRevision.IsEmpty || read.PolicyRevision.SequenceEqual(_policy)) return null;
        _policy = read.PolicyRevision.ToArray();
        return Encoding.UTF8.GetString(_policy);
    }

    private (DateTimeOffset, long) Resume(BundlePartKind kind)
    {
        if (writer.Parts(kind) is [.., var last]) return (folder.LastTime(last), last.Last);
        return kind is BundlePartKind.Events && order.Filter.From is { } from ? (from, -1) : (DateTimeOffset.UnixEpoch, -1);
    }
}
