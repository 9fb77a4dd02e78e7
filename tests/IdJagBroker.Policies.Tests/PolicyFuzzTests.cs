using IdJagBroker.Benchmarks.Policies;

namespace IdJagBroker.Tests.Policies;

/// <summary>The short run of the fuzzer; docs/testing.md has the long one.</summary>
public sealed class PolicyFuzzTests
{
    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public void Nothing_that_a_file_holds_breaks_parser_formatter_or_lints(int seed)
    {
        var fuzz = new PolicyFuzz([.. Directory.GetFiles(PolicyFolderFixture.Shipped(), "*.yaml").Order(StringComparer.Ordinal).Select(File.ReadAllText)]);
        for (var i = 0; i < Amount.Of(5000); i++) Assert.Null(fuzz.Try(seed, i));
        Assert.True(fuzz.Taken >= Amount.AtLeast(300) && fuzz.Written >= Amount.AtLeast(1000), $"only {fuzz.Taken} of {Amount.Of(5000)} load, {fuzz.Written} are formatted");
    }
}
