using IdJagBroker.Audit.Proof;
using Npgsql;

namespace IdJagBroker.Audit.Sequencing;

/// <summary>Writes sequenced events, by binary COPY, a piece at a time: while the database indexes one, the next is made. Belongs to one connection.</summary>
internal sealed class EventTable(NpgsqlConnection connection, LogOrigin log)
{
    private const string Copy =
        """
        copy audit_event (event, leaf, seq, recorded_at, id, type, outcome, client, subject_key, authserver, resource, jti, kid, reason, breakglass)
        from stdin (format binary)
        """;

    private const int Columns = 15;
    private const int PieceBytes = 96 * 1024;

    private readonly CopyBuffer _rows = new();
    private readonly byte[] _log = LogPlace.InJson(log.Name);

    /// <summary>Adds events to the log's table and to its tree, and counts them; they are numbered from the tree's size on. Blocks.</summary>
    /// <param name="written">The events as they lie in the inbox, in their order.</param>
    /// <param name="recordedAt">When they are recorded, all of them.</param>
    /// <param name="tree">Grows by them.</param>
    /// <param name="added">Told of each.</param>
    /// <exception cref="NpgsqlException">The database is away, or has no partition for the time.</exception>
    public void Write(IEnumerable<ReadOnlyMemory<byte>> written, DateTimeOffset recordedAt, TreeBuilder tree, Action<WrittenLine> added)
    {
        var time = new byte[EventTime.Chars];
        EventTime.Write(recordedAt, time);
        var line = new WrittenLine();
        _rows.Clear();
        _rows.Write(CopyBuffer.Header);
        using var copy = connection.BeginRawBinaryCopy(Copy);
        copy.ReadTimeout = copy.WriteTimeout = connection.CommandTimeout * 1000;
        foreach (var one in written)
        {
            if (!line.TryRead(one) && !line.TryRead(EventLine.Of(UnreadableEvent.Of(one.Span, recordedAt))))
                throw new InvalidOperationException("An event of the sequencer's own is no line.");
            tree.Append(Add(line, new LogPlace { Log = _log, RecordedAt = time, Seq = tree.Size }, recordedAt));
            added(line);
            if (_rows.Length < PieceBytes) continue;
            copy.Write(_rows.Written);
            _rows.Clear();
        }
        _rows.End();
        copy.Write(_rows.Written);
    }

    private TreeHash Add(WrittenLine line, in LogPlace place, DateTimeOffset recordedAt)
    {
        _rows.StartRow(Columns);
        var start = _rows.StartField();
        line.WriteTo(_rows, place);
        var leaf = TreeHash.Leaf(_rows.EndField(start));
        _rows.Bytes(leaf.AsSpan());
        _rows.Bigint(place.Seq);
        _rows.TimestampTz(recordedAt);
        _rows.Uuid(line.Id);
        _rows.Text(line.Type);
        _rows.Text(line.Outcome);
        _rows.Text(line.Client);
        _rows.Text(line.SubjectKey);
        _rows.Text(line.AuthServer);
        _rows.Texts(line.Resources);
        _rows.Text(line.Jti);
        _rows.Text(line.Kid);
        _rows.Text(line.Reason);
        _rows.Boolean(line.BreakGlass);
        return leaf;
    }
}
