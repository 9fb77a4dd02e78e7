using System.Numerics;

namespace IdJagBroker.Policies.Analysis;

/// <summary>Sets of small numbers, as words.</summary>
internal static class Bits
{
    public static void Set(Span<ulong> set, int number) => set[number >> 6] |= 1UL << number;

    public static void Clear(Span<ulong> set, int number) => set[number >> 6] &= ~(1UL << number);

    public static bool Has(ReadOnlySpan<ulong> set, int number) => (set[number >> 6] & (1UL << number)) is not 0;

    public static bool Overlap(ReadOnlySpan<ulong> set, ReadOnlySpan<ulong> other)
    {
        for (var i = 0; i < set.Length; i++)
            if ((set[i] & other[i]) is not 0) return true;
        return false;
    }

    public static bool Within(ReadOnlySpan<ulong> set, ReadOnlySpan<ulong> other)
    {
        for (var i = 0; i < set.Length; i++)
            if ((set[i] & ~other[i]) is not 0) return false;
        return true;
    }

    public static void Add(Span<ulong> set, ReadOnlySpan<ulong> other)
    {
        for (var i = 0; i < set.Length; i++) set[i] |= other[i];
    }

    public static IEnumerable<int> Numbers(ulong[] set)
    {
        for (var i = 0; i < set.Length; i++)
            for (var word = set[i]; word is not 0; word &= word - 1) yield return (i << 6) + BitOperations.TrailingZeroCount(word);
    }
}
