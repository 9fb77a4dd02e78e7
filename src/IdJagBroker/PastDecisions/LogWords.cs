using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace IdJagBroker.PastDecisions;

/// <summary>
/// The words of many events, each kept once: clients, scopes and groups are few, and events many. The same word is the same object, so what is worked out for
/// one can be found by it again. Bounded: when it is full it begins anew.
/// </summary>
internal sealed class LogWords
{
    private const int MaxKept = 100_000;
    private const int MaxBytes = 256;

    private readonly Dictionary<byte[], string> _words = new(Utf8Comparer.Instance);
    private readonly Dictionary<byte[], string[]> _lists = new(Utf8Comparer.Instance);

    /// <summary>The text that comes next.</summary>
    public string Text(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.ValueIsEscaped || json.ValueSpan.Length > MaxBytes) return json.GetString()!;
        var kept = _words.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (kept.TryGetValue(json.ValueSpan, out var word)) return word;
        if (_words.Count >= MaxKept) _words.Clear();
        return kept[json.ValueSpan] = json.GetString()!;
    }

    /// <summary>The texts of the list that comes next; a text alone is a list of it.</summary>
    /// <param name="json">Reads <paramref name="line"/>.</param>
    /// <param name="line">The whole line.</param>
    public string[] Texts(ref Utf8JsonReader json, ReadOnlySpan<byte> line)
    {
        json.Read();
        var start = (int)json.TokenStartIndex;
        json.Skip();
        var list = line[start..(int)json.BytesConsumed];
        var kept = _lists.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (list.Length <= MaxBytes && kept.TryGetValue(list, out var words)) return words;
        words = Parse(list);
        if (list.Length > MaxBytes) return words;
        if (_lists.Count >= MaxKept) _lists.Clear();
        return kept[list] = words;
    }

    private static string[] Parse(ReadOnlySpan<byte> list)
    {
        var json = new Utf8JsonReader(list);
        json.Read();
        if (json.TokenType is JsonTokenType.String) return [json.GetString()!];
        var texts = new List<string>(4);
        while (json.Read() && json.TokenType is JsonTokenType.String) texts.Add(json.GetString()!);
        return [.. texts];
    }

    private sealed class Utf8Comparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly Utf8Comparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }
    }
}
