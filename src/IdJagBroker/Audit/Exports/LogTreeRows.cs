using System.Globalization;
using System.Text;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Storage;
using Npgsql;

namespace IdJagBroker.Audit.Exports;

/// <summary>A checkpoint as it is kept.</summary>
internal sealed record CheckpointNote(Checkpoint Checkpoint, string Note);

/// <summary>Reads tiles and checkpoints. Belongs to one export: it keeps what it read ahead.</summary>
internal sealed class LogTreeRows(JobDatabase database)
{
    private const int Ahead = 64;
    private const int MaxEarlier = 1_000;
    private readonly Dictionary<long, ReadOnlyMemory<byte>> _leafTiles = [];
    private readonly Dictionary<long, string> _roots = [];

    /// <summary>A tile, or null. Tiles of leaves are asked for in their order, so some more are read at once.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> TileAsync(TileId tile, CancellationToken ct)
    {
        if (tile.Level is not 0) return (await TilesAsync(tile.Level, tile.Index, 1, ct)).TryGetValue(tile.Index, out var hashes) ? hashes : null;
        if (!_leafTiles.ContainsKey(tile.Index))
        {
            _leafTiles.Clear();
            foreach (var (index, read) in await TilesAsync(0, tile.Index, Ahead, ct)) _leafTiles[index] = read;
        }
        return _leafTiles.TryGetValue(tile.Index, out var leaves) ? leaves : null;
    }

    /// <summary>The newest checkpoint; null if none was signed yet.</summary>
    /// <exception cref="InvalidDataException">It does not say what the columns beside it say.</exception>
    public Task<CheckpointNote?> NewestAsync(CancellationToken ct) => CheckpointAsync("order by size desc limit 1", null, ct);

    /// <summary>The checkpoint of so many events.</summary>
    /// <inheritdoc cref="NewestAsync" path="/exception"/>
    public Task<CheckpointNote?> OfSizeAsync(long size, CancellationToken ct) => CheckpointAsync("where size = $1", size, ct);

    /// <summary>The notes of checkpoints in between, at most a thousand of them, evenly spread.</summary>
    public async Task<IReadOnlyDictionary<long, string>> BetweenAsync(long from, long size, CancellationToken ct)
    {
        await using var command = database.Source.CreateCommand(
            $"""
            select size, note from (select size, note, row_number() over (order by size desc) as n, count(*) over () as all_of_them from audit_checkpoint where size > $1 and size < $2) c
            where n % ((all_of_them + {MaxEarlier - 1}) / {MaxEarlier}) = 0 order by size
            """);
        command.Parameters.Add(new() { Value = from });
        command.Parameters.Add(new() { Value = size });
        var notes = new Dictionary<long, string>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) notes[reader.GetInt64(0)] = reader.GetString(1);
        return notes;
    }

    /// <summary>What is wrong with the checkpoint that an event of the log tells of, or null. They are told of in order, so some more are read at once.</summary>
    public async Task<string?> FaultAsync(long size, string root, CancellationToken ct)
    {
        if (!_roots.ContainsKey(size)) await ReadRootsAsync(size, ct);
        return !_roots.TryGetValue(size, out var kept) ? $"tells of the checkpoint of {size} events, which is missing" : kept == root ? null : $"tells of the checkpoint of {size} events, which has another root now";
    }

    private async Task ReadRootsAsync(long from, CancellationToken ct)
    {
        _roots.Clear();
        await using var command = database.Source.CreateCommand($"select size, root from audit_checkpoint where size >= $1 order by size limit {MaxEarlier}");
        command.Parameters.Add(new() { Value = from });
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) _roots[reader.GetInt64(0)] = Convert.ToBase64String(reader.GetFieldValue<byte[]>(1));
    }

    private async Task<CheckpointNote?> CheckpointAsync(string which, long? size, CancellationToken ct)
    {
        await using var command = database.Source.CreateCommand($"select size, root, recorded_at, note from audit_checkpoint {which}");
        if (size is { } given) command.Parameters.Add(new() { Value = given });
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return null;
        var note = reader.GetString(3);
        return SignedNote.TryParse(Encoding.UTF8.GetBytes(note), out var signed) && Checkpoint.TryParse(signed.Text, out var checkpoint)
            && checkpoint.Size == reader.GetInt64(0) && checkpoint.Root.AsSpan().SequenceEqual(reader.GetFieldValue<byte[]>(1)) && checkpoint.RecordedAt == reader.GetFieldValue<DateTimeOffset>(2)
            ? new CheckpointNote(checkpoint, note)
            : throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"The checkpoint of {reader.GetInt64(0)} events is not what its note says."));
    }

    private async Task<Dictionary<long, ReadOnlyMemory<byte>>> TilesAsync(int level, long index, int count, CancellationToken ct)
    {
        await using var command = database.Source.CreateCommand("select index, hashes from audit_tile where level = $1 and index >= $2 and index < $3");
        command.Parameters.Add(new() { Value = (short)level });
        command.Parameters.Add(new() { Value = index });
        command.Parameters.Add(new() { Value = index + count });
        var tiles = new Dictionary<long, ReadOnlyMemory<byte>>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) tiles[reader.GetInt64(0)] = reader.GetFieldValue<byte[]>(1);
        return tiles;
    }
}
