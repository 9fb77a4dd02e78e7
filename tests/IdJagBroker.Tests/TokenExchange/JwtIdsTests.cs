using System.Buffers.Text;
using System.Globalization;
using IdJagBroker.TokenExchange;

namespace IdJagBroker.Tests.TokenExchange;

/// <summary>A <c>jti</c> sorts by its time, as text and as PostgreSQL compares bytes, and is guessed by nobody.</summary>
public sealed class JwtIdsTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(0x019d_0123_4567);

    [Fact, Trait("Spec", "JAG-10")]
    public void Begins_with_its_millisecond_in_six_bytes()
    {
        Assert.StartsWith("019d01234567", JwtIds.Create(Now), StringComparison.Ordinal);
        Assert.StartsWith("019d01234567", JwtIds.Create(Now.AddTicks(9_999)), StringComparison.Ordinal);
        Assert.StartsWith("000000000000", JwtIds.Create(DateTimeOffset.UnixEpoch), StringComparison.Ordinal);
    }

    [Fact]
    public void Sorts_by_its_time()
    {
        // Where a digit becomes a letter, and where one carries over: in base64url these would go backwards.
        var times = new long[] { 0, 1, 9, 10, 15, 16, 61, 62, 63, 64, 255, 256, 0x0fff_ffff, 0x1000_0000, 0x019d_0123_4567, 0x019d_0123_4568, 0x0fff_ffff_ffff, 0x1000_0000_0000, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() }.Select(DateTimeOffset.FromUnixTimeMilliseconds)
            .Concat(Enumerable.Range(0, 2_000).Select(n => Now.AddMilliseconds(1 + (n * 37)))).Distinct().Order().ToList();      // of one millisecond, chance decides
        var made = times.Select(JwtIds.Create).ToList();
        Assert.Equal(made.Order(StringComparer.Ordinal), made);
    }

    [Fact, Trait("Spec", "JAG-10")]
    public void Has_160_random_bits_behind_it()
    {
        var (ever, always) = (new byte[20], Enumerable.Repeat((byte)0xff, 20).ToArray());
        foreach (var random in Enumerable.Range(0, 200).Select(_ => Base64Url.DecodeFromChars(JwtIds.Create(Now).AsSpan(12))))
            for (var i = 0; i < ever.Length; i++) (ever[i], always[i]) = ((byte)(ever[i] | random[i]), (byte)(always[i] & random[i]));
        Assert.All(ever, bits => Assert.Equal(0xff, bits));        // each bit was one, and
        Assert.All(always, bits => Assert.Equal(0, bits));         // each was none
    }

    [Fact, Trait("Spec", "JAG-10")]
    public void Is_another_each_time_and_short_and_plain()
    {
        var made = Enumerable.Range(0, 10_000).Select(_ => JwtIds.Create(Now)).ToList();
        Assert.Equal(made.Count, made.Distinct(StringComparer.Ordinal).Count());
        Assert.All(made, id => Assert.Matches("^[0-9a-f]{12}[A-Za-z0-9_-]{27}$", id));
        Assert.Equal((39, 39), (JwtIds.Chars, made[0].Length));
    }

    [Fact]
    public void Allocates_the_text_and_nothing_else()
    {
        JwtIds.Create(Now);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var text = new string('x', JwtIds.Chars);
        var between = GC.GetAllocatedBytesForCurrentThread();
        var id = JwtIds.Create(Now);
        Assert.Equal(between - before, GC.GetAllocatedBytesForCurrentThread() - between);
        Assert.Equal(text.Length, id.Length);
    }

    /// <summary>The time that one begins with.</summary>
    internal static DateTimeOffset TimeOf(string id) => DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(id.AsSpan(0, 12), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
}
