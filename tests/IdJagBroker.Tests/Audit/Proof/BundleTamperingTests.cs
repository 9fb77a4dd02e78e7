using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Tests.Audit.Proof;

/// <summary>Each kind of tampering at 100 places, by somebody who can even sign the export anew: found, and named where it is.</summary>
public sealed class BundleTamperingTests : IAsyncLifetime
{
    private const int Places = 100;
    private const int Events = 700;
    private const string Part = "events-00001.ndjson.gz";

    private TestLog _log = null!;
    private List<byte[]> _lines = null!;

    public async ValueTask InitializeAsync()
    {
        _log = await TestLog.WithAsync(Events);
        await _log.ExportAsync(eventsPerPart: Events);
        _lines = _log.ReadPart(Part);
        Assert.Empty(_log.Verify().Findings);
    }

    public ValueTask DisposeAsync()
    {
        _log.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public Task An_edited_event_is_found() => EverywhereAsync((lines, at) =>
    {
        var text = Encoding.UTF8.GetString(lines[at]);
        var digit = text.IndexOf("\"id\":\"", StringComparison.Ordinal) + 6 + RandomNumberGenerator.GetInt32(6);
        lines[at] = Encoding.UTF8.GetBytes($"{text[..digit]}{(text[digit] is 'f' ? 'e' : 'f')}{text[(digit + 1)..]}");
        return finding => finding is { Kind: FindingKind.EventChanged, File: Part } && finding.Seq == at && finding.Line == at + 1;
    });

    [Fact]
    public Task Any_changed_byte_of_a_line_is_found() => EverywhereAsync((lines, at) =>
    {
        lines[at] = (byte[])lines[at].Clone();
        lines[at][RandomNumberGenerator.GetInt32(lines[at].Length)] ^= 0x80;
        return finding => finding.File is Part && finding.Line == at + 1;
    });

    [Fact]
    public Task A_deleted_event_is_found() => EverywhereAsync((lines, at) =>
    {
        lines.RemoveAt(at);
        return finding => finding.Kind is FindingKind.EventMissing && finding.Seq == at;
    });

    [Fact]
    public Task A_deleted_event_is_found_if_those_after_it_are_numbered_anew() => EverywhereAsync((lines, at) =>
    {
        lines.RemoveAt(at);
        for (var i = at; i < lines.Count; i++)
            lines[i] = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(lines[i]).Replace($"\"seq\":{i + 1},", $"\"seq\":{i},", StringComparison.Ordinal));
        return at < lines.Count ? finding => finding.Kind is FindingKind.EventChanged && finding.Seq == at : finding => finding.Kind is FindingKind.EventMissing && finding.Seq == at;
    });

    [Fact]
    public Task An_inserted_event_is_found() => EverywhereAsync((lines, at) =>
    {
        lines.Insert(at, SampleEvents.Issued(at, "kid-1", TestLog.RevisionOf(TestLog.FirstPolicy)[..^1] + "0"));
        return finding => finding is { Kind: FindingKind.EventChanged, File: Part } && finding.Line == at + 1 && finding.Seq == at;
    });

    [Fact]
    public Task An_event_that_is_there_twice_is_found() => EverywhereAsync((lines, at) =>
    {
        lines.Insert(at, lines[at]);
        return finding => finding is { Kind: FindingKind.EventOutOfOrder, File: Part } && finding.Line == at + 2 && finding.Seq == at;
    });

    [Fact]
    public Task Events_in_another_order_are_found() => EverywhereAsync((lines, at) =>
    {
        var other = (at + 1 + RandomNumberGenerator.GetInt32(Events - 2)) % Events;
        (lines[at], lines[other]) = (lines[other], lines[at]);
        var first = Math.Min(at, other);
        return finding => finding is { Kind: FindingKind.EventMissing, File: Part } && finding.Seq == first && finding.Line == first + 1;
    });

    [Fact]
    public Task A_truncated_export_is_found() => EverywhereAsync((lines, at) =>
    {
        lines.RemoveRange(Math.Max(at, 1), Events - Math.Max(at, 1));
        return finding => finding.Kind is FindingKind.EventMissing && finding.Seq == Math.Max(at, 1);
    });

    [Fact]
    public async Task Without_the_export_key_the_manifest_tells_too()
    {
        _log.WritePart(Part, _lines[..^1]);
        Assert.Contains(_log.Verify().Findings, finding => finding.Kind is FindingKind.Part && finding.Sentence.Contains("not the file that was exported", StringComparison.Ordinal));
        Assert.Contains(_log.Verify().Findings, finding => finding.Kind is FindingKind.Part && finding.Sentence.Contains("699 events, and was exported with 700", StringComparison.Ordinal));

        _log.WritePart(Part, _lines);
        await _log.ResealAsync();
        Assert.Empty(_log.Verify().Findings);
        using var stranger = InProcessSigningKey.CreateEs256();
        File.WriteAllText(_log.PathOf(BundleFiles.Signature), await ManifestSignature.SignAsync(File.ReadAllBytes(_log.PathOf(BundleFiles.Manifest)), stranger, default));
        Assert.Equal(FindingKind.Manifest, Assert.Single(_log.Verify().Findings).Kind);
    }

    [Fact]
    public void A_file_cut_anywhere_is_found()
    {
        var bytes = File.ReadAllBytes(_log.PathOf(Part));
        for (var i = 0; i < Places; i++)
        {
            File.WriteAllBytes(_log.PathOf(Part), bytes[..RandomNumberGenerator.GetInt32(bytes.Length)]);
            Assert.Contains(_log.Verify().Findings, finding => finding is { Kind: FindingKind.Part, File: Part });
        }
    }

    [Fact]
    public void Any_changed_byte_of_a_tile_is_found()
    {
        var tiles = Directory.GetFiles(_log.PathOf("tile"), "*", SearchOption.AllDirectories);
        Assert.True(tiles.Length >= 4);
        for (var i = 0; i < Places; i++)
        {
            var tile = tiles[i % tiles.Length];
            var bytes = File.ReadAllBytes(tile);
            var changed = (byte[])bytes.Clone();
            changed[RandomNumberGenerator.GetInt32(bytes.Length)] ^= 1;
            File.WriteAllBytes(tile, changed);
            Assert.Contains(_log.Verify().Findings, finding => finding.Kind is FindingKind.Tile);
            File.WriteAllBytes(tile, bytes);
        }
        Assert.Empty(_log.Verify().Findings);
    }

    private async Task EverywhereAsync(Func<List<byte[]>, int, Func<BundleFinding, bool>> tamper)
    {
        for (var i = 0; i < Places; i++)
        {
            var at = i switch { 0 => 0, 1 => Events - 1, _ => RandomNumberGenerator.GetInt32(Events) };
            List<byte[]> lines = [.. _lines];
            var isNamed = tamper(lines, at);
            _log.WritePart(Part, lines);
            await _log.ResealAsync();
            var findings = _log.Verify().Findings;
            Assert.True(findings.Any(isNamed), $"at {at}: {string.Join("; ", findings.Take(5))}");
        }
    }
}
