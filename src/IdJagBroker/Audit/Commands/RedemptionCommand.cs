using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace IdJagBroker.Audit.Commands;

/// <summary><c>idjag audit redemption JTI|ID|SEQ</c>: whether an ID-JAG was redeemed, as its authorization server reports.</summary>
internal static class RedemptionCommand
{
    public static Command Create()
    {
        var which = new Argument<string>("JTI|ID|SEQ") { Description = "The ID-JAG: its jti, or the id or seq of the event of its issuance." };
        var output = SearchCommand.Output();
        var command = new Command("redemption", "Tells what became of an ID-JAG, as its authorization server reports.") { which, AuditClient.Url, AuditClient.TokenFile, output };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction((parsed, ct) => AuditClient.RunAsync(parsed, async client =>
        {
            using var answer = await client.GetAsync($"events/{Uri.EscapeDataString(parsed.GetValue(which)!)}/redemption", "", "application/json", ct);
            var text = await answer.Content.ReadAsStringAsync(ct);
            var lines = parsed.GetValue(output) is "table" ? Sentences(text) : [text];
            foreach (var line in lines) await parsed.InvocationConfiguration.Output.WriteAsync(EventText.Printable(line) + "\n");
        }));
        return command;
    }

    private static IEnumerable<string> Sentences(string text)
    {
        using var json = JsonDocument.Parse(text);
        var said = json.RootElement;
        yield return $"{said.GetProperty("jti").GetString()} for {said.GetProperty("authserver").GetString()}: {said.GetProperty("redemption").GetString()}";
        foreach (var receipt in said.GetProperty("receipts").EnumerateArray())
        {
            var data = receipt.GetProperty("data");
            string Member(string name, string before) => data.TryGetProperty(name, out var value) ? $", {before}{value}" : "";
            var at = DateTimeOffset.FromUnixTimeSeconds(data.GetProperty("at").GetInt64()).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            yield return receipt.GetProperty("type").GetString() is "idjag.redeemed"
                ? $"  {at}  redeemed{Member("client_id", "by ")}{Member("resource", "for ")}{Member("scope", "scope ")}{Member("expires_in", "seconds ")}"
                : $"  {at}  refused: {data.GetProperty("error").GetString()}{Member("reason", "")}{Member("client_id", "to ")}";
        }
    }
}
