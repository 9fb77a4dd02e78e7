using System.Text;

namespace IdJagBroker.Audit.Sequencing;

/// <summary>Texts that come again and again, each made from its UTF-8 once. Bounded.</summary>
internal sealed class KnownTexts
{
    private const int Max = 50_000;

    private readonly Dictionary<byte[], string> _texts = new(new ByContent());
    private readonly Dictionary<byte[], string>.AlternateLookup<ReadOnlySpan<byte>> _bySpan;

    public KnownTexts() => _bySpan = _texts.GetAlternateLookup<ReadOnlySpan<byte>>();

    public string Of(ReadOnlyMemory<byte> utf8)
    {
        if (_bySpan.TryGetValue(utf8.Span, out var text)) return text;
        if (_texts.Count >= Max) _texts.Clear();
        return _texts[utf8.ToArray()] = Encoding.UTF8.GetString(utf8.Span);
    }

    private sealed class ByContent : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> span, byte[] bytes) => span.SequenceEqual(bytes);

        public int GetHashCode(byte[] bytes) => GetHashCode(bytes.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> span)
        {
            var hash = new HashCode();      // seeded for each process: nobody outside can make texts collide
            hash.AddBytes(span);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> span) => span.ToArray();
    }
}
