using System.CommandLine;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Audit.Commands;
using IdJagBroker.Tests.Receipts;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Audit.Api;

/// <summary>What became of an ID-JAG: reported, not reported, or of a server that does not report.</summary>
public sealed class GetRedemptionTests(BrokerPostgres postgres) : IAsyncLifetime
{
    private readonly BrokerFixture _broker = new(postgres);
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    // The wiki's server reports nothing.
    public async ValueTask InitializeAsync() => await _broker.StartAsync(changeCatalog: catalog => ReceiptDesk.Reporting(catalog, _key));

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        _key.Dispose();
    }

    private async Task<string> IssueAsync(params (string Name, string? Value)[] changes) => (string)(await _broker.Token.ExchangeAsync(changes)).IsGranted().IdJag["jti"]!;

    private async Task<JsonNode> AskAsync(string name) => (await new AuditDesk(_broker).GetAsync($"events/{name}/redemption")).Is(HttpStatusCode.OK).Body;

    [Fact]
    public async Task Says_which_of_the_three_it_is()
    {
        var jti = await IssueAsync();
        var before = await AskAsync(jti);
        Assert.Equal(("not reported", jti, TestPolicies.TrackrIssuer, "[]"), ((string)before["redemption"]!, (string)before["jti"]!, (string)before["authserver"]!, before["receipts"]!.ToJsonString()));

        (await new ReceiptDesk(_broker, _key).SendAsync(ReceiptDesk.Redeemed(jti), ReceiptDesk.Refused(jti))).IsTaken(2);
        var reported = await AskAsync(jti);
        Assert.Equal(("reported", (string)before["event"]!), ((string)reported["redemption"]!, (string)reported["event"]!));
        Assert.Equal(["idjag.redeem_refused", "idjag.redeemed"], reported["receipts"]!.AsArray().Select(receipt => (string)receipt!["type"]!).Order(StringComparer.Ordinal));

        var silent = await IssueAsync(("audience", TestPolicies.WikiIssuer), ("resource", TestPolicies.Wiki), ("scope", "pages:read"));
        Assert.Equal("AS does not report", (string)(await AskAsync(silent))["redemption"]!);
    }

    [Fact]
    public async Task Is_asked_by_jti_id_or_number_and_leaves_the_lines_as_they_are_kept()
    {
        var jti = await IssueAsync();
        (await new ReceiptDesk(_broker, _key).SendAsync(ReceiptDesk.Redeemed(jti))).IsTaken();
        var issued = Assert.Single(await _broker.AuditAsync($"jti={jti}&type=idjag.issued"))!;
        var line = await Sql.ScalarAsync<string>(_broker.ConnectionString, $"select event from audit_event where jti = '{jti}' and type = 'idjag.redeemed'");
        foreach (var name in (string[])[jti, (string)issued["id"]!, issued["seq"]!.ToJsonString()])
            Assert.Contains($"\"redemption\":\"reported\",\"receipts\":[{line}]}}", (await new AuditDesk(_broker).GetAsync($"events/{name}/redemption")).Is(HttpStatusCode.OK).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Knows_nothing_of_what_is_no_issuance()
    {
        var jti = await IssueAsync();
        (await new ReceiptDesk(_broker, _key).SendAsync(ReceiptDesk.Redeemed(jti))).IsTaken();
        var receipt = Assert.Single(await _broker.AuditAsync($"jti={jti}&type=idjag.redeemed"))!;
        foreach (var name in (string[])["nobody", "999999999", Guid.NewGuid().ToString(), (string)receipt["id"]!])
            Assert.Contains("urn:idjag:problem:no-such-id-jag", (await new AuditDesk(_broker).GetAsync($"events/{name}/redemption")).Is(HttpStatusCode.NotFound).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_server_of_the_id_jag_is_heard()
    {
        var jti = await IssueAsync();
        var desk = new AuditDesk(_broker);
        await desk.WriteAsync(AuditDesk.Event("idjag.redeemed", change: e =>
        {
            (e["jti"], e["authserver"]) = (jti, "https://evil.example");
            e["data"] = new JsonObject { ["at"] = 1, ["issued"] = Guid.NewGuid().ToString(), ["receipt"] = Guid.NewGuid().ToString() };
        }));
        Assert.Equal("not reported", (string)(await AskAsync(jti))["redemption"]!);
    }

    [Fact]
    public async Task That_it_was_asked_is_in_the_log()
    {
        var answer = await AskAsync(await IssueAsync());
        var seq = (long)Assert.Single(await _broker.AuditAsync($"decision_id={answer["event"]}"))!["seq"]!;
        var read = Assert.Single(await _broker.AuditAsync("type=audit.read&order=asc"), e => (string?)e!["data"]!["operation"] is "redemption")!;
        Assert.Equal(seq, (long)read["data"]!["filter"]!["seq"]!);
    }

    [Fact]
    public async Task The_command_says_it_in_sentences_or_as_it_came()
    {
        var jti = await IssueAsync();
        Assert.Equal($"{jti} for {TestPolicies.TrackrIssuer}: not reported\n", await RunAsync(jti));
        var at = TimeProvider.System.GetUtcNow();
        (await new ReceiptDesk(_broker, _key).SendAsync(ReceiptDesk.Redeemed(jti, receipt => receipt["at"] = at.ToUnixTimeSeconds()))).IsTaken();
        (await new ReceiptDesk(_broker, _key).SendAsync(ReceiptDesk.Refused(jti, receipt => receipt["at"] = at.ToUnixTimeSeconds()))).IsTaken();
        Assert.Equal(
            $"""
            {jti} for {TestPolicies.TrackrIssuer}: reported
              {at:yyyy-MM-dd'T'HH:mm:ss'Z'}  redeemed, by cl_7hQ2notes, for {TestPolicies.Trackr}, scope tickets:read, seconds 600
              {at:yyyy-MM-dd'T'HH:mm:ss'Z'}  refused: invalid_grant, WRONG_CLIENT, to cl_other

            """, await RunAsync(jti));
        Assert.Equal("reported", (string)JsonNode.Parse(await RunAsync(jti, "--output", "json"))!["redemption"]!);
        Assert.Equal("The log has no issuance of an ID-JAG by that id, number or jti.\n", await RunAsync("nobody"));
    }

    private async Task<string> RunAsync(params string[] words)
    {
        await using var output = new StringWriter();
        var token = Path.Combine(_broker.State, "token");
        await File.WriteAllTextAsync(token, BrokerFixture.ManagementToken, Encoding.ASCII);
        await AuditCommand.Create().Parse(["redemption", .. words, "--url", _broker.Management.ToString(), "--token-file", token])
            .InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output, Error = output });
        return output.ToString();
    }
}
