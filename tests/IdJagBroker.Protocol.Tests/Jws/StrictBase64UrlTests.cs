using System.Buffers.Text;
using FsCheck;
using FsCheck.Fluent;
using IdJagBroker.Protocol.Jws;
using Xunit;

namespace IdJagBroker.Protocol.Tests.Jws;

public sealed class StrictBase64UrlTests
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    [Fact, Trait("Spec", "RAS-08")]
    public void Bytes_come_back_from_their_encoding() => Check.QuickThrowOnFailure(Prop.ForAll<byte[]>(bytes =>
        StrictBase64Url.Decode(Base64Url.EncodeToString(bytes)) is { } decoded && decoded.AsSpan().SequenceEqual(bytes)));

    [Fact, Trait("Spec", "RAS-08")]
    public void A_text_that_decodes_is_the_one_encoding_of_its_bytes()
    {
        var characters = Gen.Elements((Alphabet + "=+/ \n.\0\u00e4").ToCharArray());
        var almost = Gen.Frequency((30, Gen.Elements(Alphabet.ToCharArray())), (1, characters)).ArrayOf().Select(chars => new string(chars));

        Check.QuickThrowOnFailure(Prop.ForAll(almost.ToArbitrary(), text =>
            StrictBase64Url.Decode(text) is not { } bytes || Base64Url.EncodeToString(bytes) == text));
    }

    [Fact, Trait("Spec", "RAS-08")]
    public void No_two_texts_of_up_to_three_characters_decode_to_one_value()
    {
        var seen = new HashSet<string>();
        var texts = Alphabet.SelectMany(a => Alphabet.Select(b => $"{a}{b}"))
            .Concat(Alphabet.SelectMany(a => Alphabet.SelectMany(b => Alphabet.Select(c => $"{a}{b}{c}"))));
        var accepted = texts.Select(text => StrictBase64Url.Decode(text)).OfType<byte[]>().Count(bytes => seen.Add(Convert.ToHexString(bytes)));

        Assert.Equal(256 + 65_536, accepted);               // every value of one and of two bytes, once
        Assert.Equal(accepted, seen.Count);
        Assert.Equal(accepted, texts.Count(text => StrictBase64Url.Decode(text) is not null));
    }

    [Theory]
    [InlineData("A"), InlineData("AAAAA"), InlineData("AA=="), InlineData("AAA="), InlineData("AA AA"), InlineData("AAAA\n")]
    public void Refuses_what_the_platform_would_take(string text) => Assert.Null(StrictBase64Url.Decode(text));
}
