using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace IdJagBroker.Protocol.Tests;

public sealed class ScopeSetTests
{
    [Fact, Trait("Spec", "IDP-15")]
    public void Duplicates_collapse_and_case_counts()
    {
        var scopes = Parse("b a b A");

        Assert.Equal(["b", "a", "A"], scopes.Scopes);
        Assert.Equal("b a A", scopes.ToString());
        Assert.False(scopes.Contains("B"));
    }

    [Theory, Trait("Spec", "IDP-15")]
    [InlineData("a\"b")]
    [InlineData("a\\b")]
    [InlineData("a\tb")]
    [InlineData("a\nb")]
    [InlineData("a\u007f")]
    [InlineData("\u00e4")]
    [InlineData("a\u00a0b")]
    [InlineData("a\0")]
    [InlineData(" ")]
    [InlineData("   ")]
    public void Refuses_characters_outside_the_set_and_a_list_without_a_scope(string value) => Assert.False(ScopeSet.TryParse(value, out _));

    [Fact, Trait("Spec", "SEC-09")]
    public void Ends_at_2048_characters_and_64_scopes()
    {
        Assert.True(ScopeSet.TryParse(new string('a', 2048), out _));
        Assert.False(ScopeSet.TryParse(new string('a', 2049), out _));
        Assert.True(ScopeSet.TryParse(string.Join(' ', Enumerable.Range(0, 64)), out _));
        Assert.False(ScopeSet.TryParse(string.Join(' ', Enumerable.Range(0, 65)), out _));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Absent_is_empty(string? value)
    {
        Assert.True(ScopeSet.TryParse(value, out var scopes));
        Assert.True(scopes.IsEmpty);
        Assert.Equal("", scopes.ToString());
    }

    [Fact]
    public void The_set_operations_are_those_of_sets()
    {
        var (a, b) = (Parse("x y z"), Parse("y q"));

        Assert.Equal("y", a.Intersect(b).ToString());
        Assert.Equal("x z", a.Except(b).ToString());
        Assert.Equal("x y z q", a.Union(b).ToString());
        Assert.Equal("x z", a.Where(scope => scope is not "y").ToString());
        Assert.True(Parse("z x").IsSubsetOf(a));
        Assert.False(b.IsSubsetOf(a));
        Assert.True(ScopeSet.Empty.IsSubsetOf(b));
        Assert.Same(a, a.Union(ScopeSet.Empty));
        Assert.Same(b, ScopeSet.Empty.Union(b));
    }

    [Fact]
    public void Order_makes_no_difference()
    {
        Assert.Equal(Parse("a b"), Parse("b a"));
        Assert.Equal(Parse("a b").GetHashCode(), Parse("b a").GetHashCode());
        Assert.NotEqual(Parse("a b"), Parse("a"));
        Assert.NotEqual(Parse("a"), Parse("A"));
        Assert.False(Parse("a").Equals(null));
    }

    [Fact]
    public void Registered_scopes_are_well_formed_or_a_fault() => Assert.Throws<ArgumentException>(() => ScopeSet.Of("a", "b c"));

    [Fact, Trait("Spec", "IDP-15")]
    public void Whatever_parses_reads_back_the_same_and_holds_only_scope_tokens()
    {
        var texts = Gen.Elements("abcXYZ019 :/.-_!#[]^~{}\"\\\t\u00e4".ToCharArray()).ArrayOf().Select(chars => new string(chars));

        Check.QuickThrowOnFailure(Prop.ForAll(texts.ToArbitrary(), text =>
        {
            if (!ScopeSet.TryParse(text, out var scopes)) return text.Length > 0;
            return text.Split(' ').Where(token => token.Length > 0).ToHashSet().SetEquals(scopes.Scopes)
                && scopes.Scopes.All(ScopeSet.IsScope)
                && ScopeSet.TryParse(scopes.ToString(), out var again) && again.Equals(scopes);
        }));
    }

    private static ScopeSet Parse(string value)
    {
        Assert.True(ScopeSet.TryParse(value, out var scopes));
        return scopes;
    }
}
