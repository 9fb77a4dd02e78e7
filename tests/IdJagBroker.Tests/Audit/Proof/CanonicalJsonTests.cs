using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using IdJagBroker.Audit.Proof;

namespace IdJagBroker.Tests.Audit.Proof;

public sealed class CanonicalJsonTests
{
    [Theory]
    [InlineData("""{ "b" : 1, "a" : [ true, false, null ] }""", """{"a":[true,false,null],"b":1}""")]
    [InlineData("""{"peach":"This sorting order","péché":"is wrong according to French","pêche":"but canonicalization MUST","sin":"ignore locale"}""",
        """{"peach":"This sorting order","péché":"is wrong according to French","pêche":"but canonicalization MUST","sin":"ignore locale"}""")]   // cyberphone's test data: french
    [InlineData("""{"1": {"f": {"f": "hi","F": 5} ,"\n": 56},"10": { },"": "empty","a": { },"111": [ {"e": "yes","E": "no" } ],"A": { }}""",
        """{"":"empty","1":{"\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}""")]                                 // structures
    [InlineData("""{"Unnormalized Unicode":"A\u030a"}""", "{\"Unnormalized Unicode\":\"A\u030a\"}")]                                                  // unicode
    [InlineData("""[56,{"d":true,"10":null,"1":[]}]""", """[56,{"1":[],"10":null,"d":true}]""")]                                                    // arrays
    [InlineData("""[0,-0,1.0,1e2,-3E0,9007199254740991,-9007199254740991]""", "[0,0,1,100,-3,9007199254740991,-9007199254740991]")]
    [InlineData(""" "a\/b" """, "\"a/b\"")]
    public void Has_one_spelling(string json, string canonical) => Assert.Equal(canonical, Canonical(json));

    [Fact]
    public void Escapes_as_RFC_8785_does_and_nothing_else()
    {
        // RFC 8785 §3.2.2.2's string
        Assert.Equal("{\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}", Canonical("""{"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/"}"""));
        Assert.Equal("\"\\b\\t\\n\\f\\r\\u0000\\u001f\\u001e\u007f\u0080\u2028<>&+\"", Canonical("\"\\b\\t\\n\\f\\r\\u0000\\u001F\\u001e\\u007f\\u0080\\u2028\\u003c>&+\""));
    }

    [Fact]
    public void Sorts_by_UTF_16_code_units_as_the_example_of_RFC_8785_3_2_3()
    {
        const string json = """
            {"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}
            """;
        using var canonical = JsonDocument.Parse(Canonical(json));
        Assert.Equal(
            ["Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign", "Emoji: Grinning Face", "Hebrew Letter Dalet With Dagesh"],
            canonical.RootElement.EnumerateObject().Select(member => member.Value.GetString()));
    }

    [Theory]
    [InlineData("""{"a":1,"a":2}""", "there twice")]
    [InlineData("""{"a":1,"\u0061":1}""", "there twice")]
    [InlineData("1.5", "not an integer")]
    [InlineData("9007199254740992", "2^53")]
    [InlineData("-9007199254740992", "2^53")]
    [InlineData("9007199254740992.0", "2^53")]
    [InlineData("1e400", "2^53")]
    [InlineData("1e-5", "not an integer")]
    [InlineData("\"\\ud800\"", "not Unicode")]
    [InlineData("\"\\udc00x\"", "not Unicode")]
    [InlineData("{\"\\ud800\":1}", "not Unicode")]
    [InlineData("{} {}", "")]
    [InlineData("{\"a\":1,}", "")]
    [InlineData("\ufeff{}", "")]
    [InlineData("", "")]
    public void Refuses_what_readers_may_read_differently(string json, string why) =>
        Assert.Contains(why, Assert.ThrowsAny<JsonException>(() => Canonical(json)).Message);

    [Fact]
    public void Refuses_what_is_not_UTF_8() => Assert.ThrowsAny<JsonException>(() => CanonicalJson.Canonicalize([(byte)'"', 0xc3, 0x28, (byte)'"']));

    [Fact]
    public void Goes_16_deep_and_no_deeper()
    {
        Assert.Equal(32, Canonical(new string('[', 16) + new string(']', 16)).Length);
        Assert.ThrowsAny<JsonException>(() => Canonical(new string('[', 17) + new string(']', 17)));
    }

    [Fact]
    public void The_writer_refuses_what_has_no_canonical_form()
    {
        var writer = new CanonicalJsonWriter(new ArrayBufferWriter<byte>());
        Assert.Throws<JsonException>(() => writer.String("a\ud800"));
        Assert.Throws<JsonException>(() => writer.String([0xff]));
        Assert.Throws<JsonException>(() => writer.Number(CanonicalJsonWriter.MaxInteger + 1));
        Assert.Throws<JsonException>(() => writer.Number(-CanonicalJsonWriter.MaxInteger - 1));
    }

    [Fact]
    public void What_is_canonical_stays_as_it_is_and_order_and_spelling_make_no_difference() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(Values(4).ToArbitrary(), value =>
    {
        var canonical = Canonical(Spell(value, reversed: false));
        return canonical == Canonical(canonical) && canonical == Canonical(Spell(value, reversed: true));
    }));

    [Fact]
    public void Writer_and_canonicalizer_agree() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(Values(4).ToArbitrary(), value =>
    {
        var (utf16, utf8) = (new ArrayBufferWriter<byte>(), new ArrayBufferWriter<byte>());
        Write(value, new CanonicalJsonWriter(utf16), asUtf8: false);
        Write(value, new CanonicalJsonWriter(utf8), asUtf8: true);
        var canonical = Canonical(Spell(value, reversed: true));
        return canonical == Encoding.UTF8.GetString(utf16.WrittenSpan) && canonical == Encoding.UTF8.GetString(utf8.WrittenSpan);
    }));

    private static string Canonical(string json) => Encoding.UTF8.GetString(CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(json)));

    private static Gen<object?> Values(int depth)
    {
        var texts = Gen.Elements("aB\"\\/\u0001\u001f\n\t\b\f\r\u007fé€\u2028\ufb33".Select(c => c.ToString()).Append("😀")).ArrayOf().Select(string.Concat);
        var simple = Gen.OneOf(
            texts.Select(text => (object?)text), Gen.Choose(int.MinValue, int.MaxValue).Select(number => (object?)((long)number * 4_000_000)),
            Gen.Elements<object?>(true, false, null, 0L, CanonicalJsonWriter.MaxInteger, -CanonicalJsonWriter.MaxInteger));
        if (depth is 0) return simple;
        var arrays = Values(depth - 1).ArrayOf().Select(items => (object?)items.Take(4).ToArray());
        var members = texts.Zip(Values(depth - 1), (name, value) => (name, value)).ArrayOf();
        return Gen.OneOf(simple, arrays, members.Select(all => (object?)all.Take(5).DistinctBy(member => member.name).ToDictionary(member => member.name, member => member.value)));
    }

    // Another spelling each: all of it escaped, white space, any order.
    private static string Spell(object? value, bool reversed) => value switch
    {
        string text => reversed ? "\"" + string.Concat(text.Select(c => $"\\u{(int)c:X4}")) + "\"" : JsonSerializer.Serialize(text),
        long number => number.ToString(CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        object?[] items => "[ " + string.Join(" , ", items.Select(item => Spell(item, reversed))) + "]",
        Dictionary<string, object?> members => "{" + string.Join(",\n", (reversed ? members.Reverse() : members).Select(member => $"{Spell(member.Key, reversed)} : {Spell(member.Value, reversed)}")) + "}",
        _ => "null",
    };

    private static void Write(object? value, CanonicalJsonWriter writer, bool asUtf8)
    {
        switch (value)
        {
            case string text when asUtf8: writer.String(Encoding.UTF8.GetBytes(text)); break;
            case string text: writer.String(text); break;
            case long number: writer.Number(number); break;
            case bool flag: writer.Boolean(flag); break;
            case null: writer.Null(); break;
            case object?[] items:
                writer.StartArray();
                foreach (var item in items) Write(item, writer, asUtf8);
                writer.EndArray();
                break;
            case Dictionary<string, object?> members:
                writer.StartObject();
                foreach (var (name, member) in members.OrderBy(member => member.Key, StringComparer.Ordinal))
                {
                    if (asUtf8) writer.Name(Encoding.UTF8.GetBytes(name));
                    else writer.Name(name);
                    Write(member, writer, asUtf8);
                }
                writer.EndObject();
                break;
        }
    }
}
