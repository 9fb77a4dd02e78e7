using System.Buffers.Binary;

namespace IdJagBroker.Audit.Sequencing;

/// <summary>
/// Rows in the format of <c>copy … (format binary)</c>, as PostgreSQL documents it: each row a count of fields, each field its length and
/// its bytes. Written here and not by the driver, because what the rows hold is UTF-8 already, and would be made into strings and back.
/// </summary>
internal sealed class CopyBuffer
{
    private const int TextOid = 25;
    private static readonly DateTime Epoch = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private byte[] _bytes = new byte[128 * 1024];

    /// <summary>What every copy begins with: a signature, no flags, no extension.</summary>
    public static ReadOnlySpan<byte> Header => [(byte)'P', (byte)'G', (byte)'C', (byte)'O', (byte)'P', (byte)'Y', (byte)'\n', 0xff, (byte)'\r', (byte)'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    public void StartRow(short fields) => BinaryPrimitives.WriteInt16BigEndian(Grow(2), fields);

    /// <summary>What comes after the last row.</summary>
    public void End() => StartRow(-1);

    public void Null() => Int32(-1);

    public void Bigint(long value)
    {
        Int32(8);
        BinaryPrimitives.WriteInt64BigEndian(Grow(8), value);
    }

    public void Boolean(bool value)
    {
        Int32(1);
        Grow(1)[0] = value ? (byte)1 : (byte)0;
    }

    public void TimestampTz(DateTimeOffset value) => Bigint((value.UtcDateTime - Epoch).Ticks / TimeSpan.TicksPerMicrosecond);

    public void Uuid(Guid value)
    {
        Int32(16);
        value.TryWriteBytes(Grow(16), bigEndian: true, out _);
    }

    /// <summary>A text, or bytes.</summary>
    public void Bytes(ReadOnlySpan<byte> value)
    {
        Int32(value.Length);
        Write(value);
    }

    /// <summary>A text, null where there is none.</summary>
    public void Text(ReadOnlyMemory<byte>? value)
    {
        if (value is { } text) Bytes(text.Span);
        else Null();
    }

    /// <summary>An array of texts.</summary>
    public void Texts(IReadOnlyList<ReadOnlyMemory<byte>> values)
    {
        var field = StartField();
        Int32(values.Count > 0 ? 1 : 0);        // dimensions
        Int32(0);                               // no nulls among them
        Int32(TextOid);
        if (values.Count > 0)
        {
            Int32(values.Count);
            Int32(1);                           // counted from one
            for (var i = 0; i < values.Count; i++) Bytes(values[i].Span);
        }
        EndField(field);
    }

    /// <summary>Begins a field whose length is known when it ends: what is written until then belongs to it.</summary>
    public int StartField()
    {
        Int32(0);
        return Length;
    }

    /// <summary>Ends it, and gives what it holds.</summary>
    public ReadOnlySpan<byte> EndField(int start)
    {
        BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(start - 4), Length - start);
        return _bytes.AsSpan(start, Length - start);
    }

    public void Write(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Grow(bytes.Length));

    private void Int32(int value) => BinaryPrimitives.WriteInt32BigEndian(Grow(4), value);

    private Span<byte> Grow(int by)
    {
        if (Length + by > _bytes.Length) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + by));
        var room = _bytes.AsSpan(Length, by);
        Length += by;
        return room;
    }
}
