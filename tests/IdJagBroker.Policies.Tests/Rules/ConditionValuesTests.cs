using System.Collections.Frozen;
using System.Net;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Rules;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Tests.Policies.Rules;

/// <summary>The values that conditions are made of, at their edges.</summary>
public sealed class ConditionValuesTests
{
    [Fact]
    public void A_requirement_asks_nothing_only_if_none_of_its_parts_does()
    {
        Assert.True(new PolicyRequirement().IsNothing);
        Assert.False(new PolicyRequirement().AsksSignIn);
        PolicyRequirement[] ofSignIn = [new() { AcrAnyOf = ["x"] }, new() { AmrAnyOf = ["x"] }, new() { AmrAllOf = ["x"] }, new() { MaxAge = TimeSpan.FromHours(1) }];
        PolicyRequirement[] others =
        [
            new() { ClientAuth = ClientAuth.ClientSecret }, new() { Dpop = true }, new() { Resource = true }, new() { CidrAnyOf = [IPNetwork.Parse("10.0.0.0/8")] }, new() { CidrNoneOf = [IPNetwork.Parse("10.0.0.0/8")] },
            new() { Device = new Dictionary<string, SetCondition> { ["x"] = SetCondition.Any(["y"]) }.ToFrozenDictionary() },
        ];
        Assert.All(ofSignIn, one => Assert.Equal((false, true), (one.IsNothing, one.AsksSignIn)));
        Assert.All(others, one => Assert.Equal((false, false), (one.IsNothing, one.AsksSignIn)));
    }

    [Theory]
    [InlineData("a", true, true, true), InlineData("b", true, false, false), InlineData("c", false, false, false), InlineData("", false, false, true)]
    public void A_condition_on_a_set_asks_for_some_for_all_and_for_none(string have, bool any, bool all, bool none)
    {
        string[] names = have.Length is 0 ? [] : [have];
        var asked = new SetCondition(Set("a", "b"));
        Assert.Equal((any, all, none), (asked.Holds(names), new SetCondition(null, Set("a")).Holds(names), new SetCondition(null, null, Set("b", "c")).Holds(names)));
        Assert.Equal(any && none, (asked with { NoneOf = Set("b", "c") }).Holds(names));
        if (have.Length is 0) return;
        Assert.Equal((any, all, none), (asked.HoldsOf(have), new SetCondition(null, Set("a")).HoldsOf(have), new SetCondition(null, null, Set("b", "c")).HoldsOf(have)));
        Assert.False(new SetCondition(null, Set("a", "b")).HoldsOf(have));
    }

    [Fact]
    public void A_condition_says_what_it_asks_and_names_each_once()
    {
        var all = new SetCondition(Set("b", "a"), Set("c", "a"), Set("d"));
        Assert.Equal("any of a b; all of a c; none of d", all.ToString());
        Assert.Equal(["a", "b", "c", "d"], all.Names.Order());
        Assert.Equal("none of d", new SetCondition(null, null, Set("d")).ToString());
        Assert.True(all.Holds(["a", "c"]));
        Assert.False(all.Holds(["a", "b"]));
        Assert.False(all.Holds(["a", "c", "d"]));
    }

    [Theory]
    [InlineData("07:00", "20:00", "wed 06:59", false), InlineData("07:00", "20:00", "wed 07:00", true), InlineData("07:00", "20:00", "wed 19:59", true), InlineData("07:00", "20:00", "wed 20:00", false), InlineData("07:00", "20:00", "thu 12:00", false)]
    [InlineData("22:00", "06:00", "wed 21:59", false), InlineData("22:00", "06:00", "wed 22:00", true), InlineData("22:00", "06:00", "thu 05:59", true), InlineData("22:00", "06:00", "thu 06:00", false), InlineData("22:00", "06:00", "wed 05:59", false)]
    [InlineData("00:00", "24:00", "wed 00:00", true), InlineData("00:00", "24:00", "wed 23:59", true), InlineData("00:00", "24:00", "thu 00:00", false), InlineData("00:00", "24:00", "tue 23:59", false)]
    public void Hours_count_from_the_day_that_they_begin_on(string from, string to, string at, bool covers)
    {
        static int Minutes(string clock) => (int.Parse(clock.AsSpan(0, 2), null) * 60) + int.Parse(clock.AsSpan(3), null);
        var hours = new PolicyHours(1 << 3, Minutes(from), Minutes(to), TimeZoneInfo.Utc);
        var day = new DateTimeOffset(2026, 11, 15, 0, 0, 0, TimeSpan.Zero).AddDays(PolicyHours.DayWords.ToList().IndexOf(at[..3]));     // a Sunday

        Assert.Equal(covers, hours.Covers(day.AddMinutes(Minutes(at[4..]))));
        Assert.Equal($"wed {from}-{to} UTC", hours.ToString());
    }

    [Theory]
    [InlineData("1/1s", 1, 1), InlineData("100000/24h", 100000, 86400), InlineData("10/1m", 10, 60)]
    public void A_rate_is_a_count_and_a_time(string text, int count, int seconds)
    {
        Assert.True(PolicyRate.TryParse(text, out var rate));
        Assert.Equal((count, TimeSpan.FromSeconds(seconds), text), (rate.Count, rate.Per, rate.ToString()));
    }

    [Theory]
    [InlineData("0/1s"), InlineData("100001/1s"), InlineData("1/0s"), InlineData("1/25h"), InlineData("1/1441m"), InlineData("1"), InlineData("/1s"), InlineData("1/"), InlineData("x/1s"), InlineData("1/x"), InlineData("-1/1s"), InlineData("+1/1s"), InlineData("1 /1s"), InlineData("1/1s/1s"), InlineData("")]
    public void Nothing_else_is_a_rate(string text) => Assert.False(PolicyRate.TryParse(text, out _));

    [Theory]
    [InlineData("0s", 0), InlineData("1s", 1), InlineData("90m", 5400), InlineData("99999s", 99999), InlineData("12h", 43200)]
    public void A_duration_is_a_whole_number_of_seconds_minutes_or_hours(string text, int seconds)
    {
        Assert.True(YamlValues.TryDuration(text, out var duration));
        Assert.Equal(TimeSpan.FromSeconds(seconds), duration);
    }

    [Theory]
    [InlineData(""), InlineData("s"), InlineData("1"), InlineData("1d"), InlineData("100000s"), InlineData("-1s"), InlineData("1.5h"), InlineData(" 1s"), InlineData("1S"), InlineData("1s ")]
    public void Nothing_else_is_a_duration(string text) => Assert.False(YamlValues.TryDuration(text, out _));

    [Theory]
    [InlineData(0, "0h"), InlineData(1, "1s"), InlineData(60, "1m"), InlineData(61, "61s"), InlineData(3600, "1h"), InlineData(3660, "61m"), InlineData(3661, "3661s"), InlineData(7200, "2h")]
    public void A_duration_is_told_in_its_largest_unit(int seconds, string text) => Assert.Equal(text, YamlValues.Format(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("*", false), InlineData("**", false), InlineData("re*ad", false), InlineData("*a*", false), InlineData("a b", false), InlineData("", false), InlineData("*:read", true), InlineData("doc:*", true), InlineData("doc:read", true), InlineData("*x", true)]
    public void A_pattern_has_a_single_star_at_its_start_or_end(string text, bool isOne) => Assert.Equal(isOne, ScopePattern.IsWellFormed(text));

    [Theory]
    [InlineData("*:read", "doc:read", true), InlineData("*:read", ":read", true), InlineData("*:read", "doc:reads", false), InlineData("doc:*", "doc:read", true), InlineData("doc:*", "doc:", true), InlineData("doc:*", "docs:read", false), InlineData("doc:read", "doc:read", true), InlineData("doc:read", "doc:readx", false), InlineData("doc:read", "DOC:READ", false)]
    public void A_pattern_matches_what_ends_or_begins_so(string pattern, string scope, bool matches) => Assert.Equal((matches, !pattern.Contains('*')), (new ScopePattern(pattern).Matches(scope), new ScopePattern(pattern).IsLiteral));

    private static FrozenSet<string> Set(params string[] names) => names.ToFrozenSet(StringComparer.Ordinal);
}
