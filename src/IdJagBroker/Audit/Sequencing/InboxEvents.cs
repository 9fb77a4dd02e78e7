using System.Buffers.Binary;
using System.Globalization;
using Npgsql;

namespace IdJagBroker.Audit.Sequencing;

/// <summary>
/// Takes events out of the inbox, as bytes, into a buffer that it uses again: a batch costs no object for an event. Belongs to one connection,
/// and to the transaction that it is in.
/// </summary>
internal sealed class InboxEvents(NpgsqlConnection connection, int max)
{
    private const int KeptBytes = 16 * 1024 * 1024;
    private const int RowBytes = 2 + (4 + 8) + (4 + 8) + 4;

    // A range, not a list of places: what commits later with a lower number is taken with the next.
    private readonly string _take = string.Create(CultureInfo.InvariantCulture,
        $"""
        copy (delete from audit_inbox where place <= (select max(place) from (select place from audit_inbox order by place limit {max}) next)
        returning place, clock_timestamp(), event) to stdout (format binary)
        """);

    private static readonly DateTimeOffset Epoch = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly List<(long Place, int Start, int Length)> _taken = [];
    private byte[] _bytes = new byte[1024 * 1024];

    public int Count => _taken.Count;

    /// <summary>The database's time when they were taken.</summary>
    public DateTimeOffset TakenAt { get; private set; }

    /// <summary>In the order in which they were written. Valid until the next are taken.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> All
    {
        get
        {
            foreach (var (_, start, length) in _taken) yield return _bytes.AsMemory(start, length);
        }
    }

    /// <summary>Takes what waits, up to the most that it takes at once. Blocks.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    /// <exception cref="InvalidDataException">What it sent is no COPY.</exception>
    public void Take()
    {
        _taken.Clear();
        if (_bytes.Length > KeptBytes) _bytes = new byte[1024 * 1024];
        var length = 0;
        using (var copy = connection.BeginRawBinaryCopy(_take))
        {
            copy.ReadTimeout = connection.CommandTimeout * 1000;        // of its own accord it would wait for ever
            for (int read; (read = copy.Read(_bytes.AsSpan(length))) > 0;)
            {
                length += read;
                if (length == _bytes.Length) Array.Resize(ref _bytes, _bytes.Length * 2);
            }
        }
        Parse(_bytes.AsSpan(0, length));
        _taken.Sort(static (a, b) => a.Place.CompareTo(b.Place));
    }

    private void Parse(ReadOnlySpan<byte> rows)
    {
        if (!rows.StartsWith(CopyBuffer.Header)) throw new InvalidDataException("The database sent no COPY.");
        for (var at = CopyBuffer.Header.Length; BinaryPrimitives.ReadInt16BigEndian(rows[at..]) is not -1;)
        {
            var place = BinaryPrimitives.ReadInt64BigEndian(rows[(at + 6)..]);
            TakenAt = Epoch.AddTicks(BinaryPrimitives.ReadInt64BigEndian(rows[(at + 18)..]) * TimeSpan.TicksPerMicrosecond);
            var length = BinaryPrimitives.ReadInt32BigEndian(rows[(at + 26)..]);
            _taken.Add((place, at + RowBytes, length));
            at += RowBytes + length;
        }
    }
}
