using IdJagBroker.Protocol.Jws;
using Xunit;

namespace IdJagBroker.Protocol.Tests.Jws;

public sealed class JwtTimesTests
{
    private const long Now = 1_795_165_200;

    [Theory, Trait("Spec", "SEC-25"), Trait("Spec", "RAS-16"), Trait("Spec", "RAS-17"), Trait("Spec", "RAS-18"), Trait("Spec", "IDP-33")]
    [InlineData(-300, 300, null, null)]
    [InlineData(-300, -59, null, null)]
    [InlineData(-300, -60, null, "expired")]
    [InlineData(-300, -61, null, "expired")]
    [InlineData(59, 300, null, null)]
    [InlineData(60, 300, null, null)]
    [InlineData(61, 300, null, "issued in the future")]
    [InlineData(0, 300, 59, null)]
    [InlineData(0, 300, 60, null)]
    [InlineData(0, 300, 61, "not yet valid")]
    [InlineData(0, 0, null, "exp is not after iat")]
    [InlineData(1, 0, null, "exp is not after iat")]
    public void One_skew_of_sixty_seconds_at_every_boundary(int iat, int exp, int? nbf, string? fault)
    {
        var claims = Claims($"{Now + iat}", $"{Now + exp}", nbf is null ? null : $"{Now + nbf}");

        Assert.Equal(fault, JwtTimes.Check(claims, DateTimeOffset.FromUnixTimeSeconds(Now), out var times));
        if (fault is null) Assert.Equal(TimeSpan.FromSeconds(exp - iat), times.Lifetime);
    }

    [Theory, Trait("Spec", "JAG-11"), Trait("Spec", "SEC-08")]
    [InlineData("\"1795165500\""), InlineData("1795165500.0"), InlineData("1795165500.5"), InlineData("17951655e2"), InlineData("-1")]
    [InlineData("null"), InlineData("true"), InlineData("[]"), InlineData("{}"), InlineData("9223372036854775807"), InlineData("9223372036854775808")]
    [InlineData("1e400"), InlineData("-9223372036854775808"), InlineData("253402300800"), InlineData("253370764801"), InlineData("1795165500000")]
    public void Refuses_a_time_that_is_no_whole_number_of_seconds_in_range(string value)
    {
        Assert.Equal("exp is missing or malformed", Check(Claims($"{Now}", value)));
        Assert.Equal("iat is missing or malformed", Check(Claims(value, $"{Now + 300}")));
        Assert.Equal("nbf is malformed", Check(Claims($"{Now}", $"{Now + 300}", value)));
    }

    [Theory, Trait("Spec", "SEC-08")]
    [InlineData("253402300799")]                            // 9999-12-31T23:59:59Z: adding the skew would overflow
    [InlineData("253370764800")]
    public void The_end_of_time_is_no_fault_of_ours(string last)
    {
        var fault = Check(Claims($"{Now}", last, last));

        Assert.NotNull(fault);
        Assert.Contains(Check(Claims($"{Now}", last)), new[] { null, "exp is missing or malformed" });
        Assert.Equal(ClaimState.Present, Claims($"{Now}", "253370764800").GetDate("exp"u8, out var latest));
        Assert.True(latest + TimeSpan.FromDays(300) > latest);           // callers may add to what they read
    }

    [Fact, Trait("Spec", "JAG-11"), Trait("Spec", "RAS-14")]
    public void Refuses_without_exp_or_without_iat()
    {
        Assert.Equal("exp is missing or malformed", Check(Claims($"{Now}", null)));
        Assert.Equal("iat is missing or malformed", Check(Claims(null, $"{Now + 300}")));
    }

    private static string? Check(JwtClaims claims) => JwtTimes.Check(claims, DateTimeOffset.FromUnixTimeSeconds(Now), out _);

    private static JwtClaims Claims(string? iat, string? exp, string? nbf = null) => Forge.Claims(
        "{" + string.Join(',', new[] { ("iat", iat), ("exp", exp), ("nbf", nbf) }.Where(c => c.Item2 is not null).Select(c => $"\"{c.Item1}\":{c.Item2}")) + "}");
}
