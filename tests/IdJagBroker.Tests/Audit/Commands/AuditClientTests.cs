using System.CommandLine;
using IdJagBroker.Audit.Commands;
using IdJagBroker.Hosting;

namespace IdJagBroker.Tests.Audit.Commands;

/// <summary>What <c>idjag audit search | tail | stats</c> refuse before they ask a broker.</summary>
public sealed class AuditClientTests
{
    private static readonly string Token = Path.GetTempFileName();

    [Theory]
    [InlineData("no https URL", "search", "--url", "http://broker.example:5401")]
    [InlineData("no https URL", "tail", "--url", "broker")]
    [InlineData("Give --url", "stats")]
    [InlineData("holds no token", "search", "--url", "https://broker.example")]
    [InlineData("'--cleint' is not of the form NAME=VALUE", "search", "--url", "https://broker.example", "--cleint", "x")]
    public async Task Refuse_what_they_cannot_use(string why, params string[] words)
    {
        var refusal = await Assert.ThrowsAsync<StartupFailedException>(() =>
            AuditCommand.Create().Parse([.. words, "--token-file", Token]).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false }));
        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Say_which_word_is_no_filter_and_that_there_is_no_broker()
    {
        var token = Path.GetTempFileName();
        await File.WriteAllTextAsync(token, "t\n");
        async Task<string> RefusalAsync(string word) => (await Assert.ThrowsAsync<StartupFailedException>(() => AuditCommand.Create()
            .Parse(["search", word, "--url", $"http://127.0.0.1:{IdJagBroker.Shared.FreePort.Next()}", "--token-file", token]).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false }))).Message;
        Assert.Contains("NAME=VALUE", await RefusalAsync("denied"), StringComparison.Ordinal);
        Assert.Contains("cannot be reached", await RefusalAsync("outcome=denied"), StringComparison.Ordinal);
        File.Delete(token);
    }

    [Fact]
    public void Events_are_a_line_each_whatever_they_hold()
    {
        Assert.Contains("idjag.denied", EventText.Of("""{"seq":7,"type":"idjag.denied","outcome":"denied","recorded_at":"2026-11-28T14:05:06.123456Z"}"""), StringComparison.Ordinal);
        Assert.DoesNotContain(EventText.Of("{\"seq\":7,\"type\":\"a\\u001b[2Jb\\n\"}"), c => char.IsControl(c));
        Assert.Equal("x\ufffd", EventText.Of("x\u0007"));
    }
}
