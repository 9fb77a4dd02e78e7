using System.Net;
using System.Text.Json.Nodes;
using ModelContextProtocol.Client;

namespace IdJagBroker.Demo.Walk;

/// <summary>
/// The whole path, once, as it really goes: a person signs in at the enterprise, the official C# MCP SDK gets an ID-JAG and redeems it,
/// a tool is called, one is refused, and somebody without the group gets nothing. Each leg is shown; each is also checked.
/// </summary>
internal sealed class Walkthrough(DemoWorld world, Narrator tell) : IDisposable
{
    private readonly SdkClient _sdk = new(world, DemoClient.AtBroker, world.ClientSecret, DemoClient.AtNotes);
    private string _redeemed = "";

    /// <exception cref="WalkFailedException">Something was not as it should be.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        var http = _sdk.Tapped();
        var idToken = await SignInAsync("ana", http, ct);
        var accessToken = await ExchangeAndRedeemAsync(idToken, http, ct);
        await CallToolsAsync(accessToken, ct);
        await AskForMoreAsync(idToken, http, ct);
        await ComeFromOutsideAsync(http, ct);
        await ShowRedemptionAsync(http, ct);
    }

    public void Dispose() => _sdk.Dispose();

    private async Task<string> SignInAsync(string person, HttpClient http, CancellationToken ct)
    {
        tell.Chapter($"{person} signs in at the enterprise's own IdP");
        using var browser = new Browser();
        var flow = new CodeFlow(http, world.At.Idp, DemoClient.AtIdp, world.ClientSecret, DemoClient.Redirect);
        tell.Say($"   → GET {(await flow.AddressAsync(ct)).GetLeftPart(UriPartial.Path)}?response_type=code&client_id={DemoClient.AtIdp}&code_challenge_method=S256&…");
        tell.Say("   → the login page is filled in and posted; a code comes back and is exchanged (authorization code + PKCE)");
        var tokens = await flow.SignInAsync(browser, person, world.Password, ct);
        tell.Token("ID Token", tokens.IdToken!);
        tell.Say($"   Its aud is the client's id at the IdP. The catalogue says that '{DemoClient.AtBroker}' may present exactly that.");
        return tokens.IdToken!;
    }

    private async Task<string> ExchangeAndRedeemAsync(string idToken, HttpClient http, CancellationToken ct)
    {
        var tokens = await _sdk.GetAccessTokenAsync(idToken, "notes:read notes:write", http, ct);

        tell.Chapter("The official MCP SDK exchanges the ID Token for an ID-JAG at the broker");
        var exchange = _sdk.Wire.Last("/oauth2/token");
        tell.Show(exchange);
        var idJag = (string)JsonNode.Parse(exchange.ResponseBody)!["access_token"]!;
        tell.Token("ID-JAG", idJag);
        tell.Say($"   client_id is the client's id at that authorization server ({DemoClient.AtNotes}), sub a random id of the broker's own.");
        _redeemed = (string)SdkClient.ClaimsOf(idJag)["jti"]!;
        await ShowDecisionAsync($"type=idjag.issued&jti={_redeemed}", null, http, ct);

        tell.Chapter("… and redeems the ID-JAG at the vendor's authorization server: no browser, no consent page");
        tell.Show(_sdk.Wire.Last("/token"));
        tell.Token("Access token", tokens.AccessToken);
        return tokens.AccessToken;
    }

    private async Task CallToolsAsync(string accessToken, CancellationToken ct)
    {
        tell.Chapter("The MCP server: each tool asks for its own scope, on every call");
        await using var client = await _sdk.ConnectAsync(accessToken, ct);
        tell.Fact("tools", string.Join(", ", (await client.ListToolsAsync(cancellationToken: ct)).Select(tool => tool.Name)));
        tell.Fact("notes.add", SdkClient.Text(await client.CallToolAsync("notes.add", new Dictionary<string, object?> { ["text"] = "buy milk" }, cancellationToken: ct)));
        tell.Fact("notes.list", SdkClient.Text(await client.CallToolAsync("notes.list", cancellationToken: ct)));
        var refusal = await RefusedAsync(() => client.CallToolAsync("notes.purge", cancellationToken: ct).AsTask());
        Expect(refusal.StatusCode is HttpStatusCode.Forbidden, "notes.purge was not refused");
        var leg = _sdk.Wire.Last("/mcp");
        tell.Fact("notes.purge", $"{leg.Status} {leg.Challenge}");
        Expect(leg.Challenge?.Contains("insufficient_scope", StringComparison.Ordinal) is true, "the refusal names no scope");
    }

    private async Task AskForMoreAsync(string idToken, HttpClient http, CancellationToken ct)
    {
        tell.Chapter("So the client asks the broker for notes:admin, which the administrator grants to SRE only");
        await IsRefusedAsync(idToken, "notes:admin", "invalid_scope", http, ct);
    }

    private async Task ComeFromOutsideAsync(HttpClient http, CancellationToken ct)
    {
        var idToken = await SignInAsync("fin", http, ct);
        tell.Chapter("fin is of finance: the token is good, the policy says no");
        await IsRefusedAsync(idToken, "notes:read", "access_denied", http, ct);
    }

    // It is sent a second after the redemption, beside everything else.
    private async Task ShowRedemptionAsync(HttpClient http, CancellationToken ct)
    {
        tell.Chapter("Where was that ID-JAG used? The vendor's authorization server sent the broker a receipt");
        for (var tries = 0; ; tries++)
        {
            var answer = await new DemoLog(world, http).AskAsync($"events/{_redeemed}/redemption", ct);
            if ((string?)answer["redemption"] is "reported")
            {
                tell.Redemption(answer);
                return;
            }
            Expect(tries < 150, "the redemption was not reported");
            await Task.Delay(100, ct);
        }
    }

    // What an auditor sees. The client heard a code and a decision_id; the reason is only here.
    private async Task ShowDecisionAsync(string query, string? expectedReason, HttpClient http, CancellationToken ct)
    {
        var rows = await new DemoLog(world, http).EventsAsync(query, ct);
        Expect(rows.Count is 1, "the decision is not in the log");
        tell.Row(rows[0]);
        Expect((string?)rows[0]["reason"] == expectedReason, "the log has another reason");
    }

    private async Task IsRefusedAsync(string idToken, string scope, string error, HttpClient http, CancellationToken ct)
    {
        var (reported, leg) = await _sdk.GetRefusalAsync(idToken, scope, http, ct);
        tell.Show(leg);
        tell.Say($"   The SDK reports: {reported}");
        Expect(reported == error, $"expected {error}");
        await ShowDecisionAsync($"decision_id={JsonNode.Parse(leg.ResponseBody)!["decision_id"]}", "NO_RULE_MATCHED", http, ct);
    }

    private static async Task<HttpRequestException> RefusedAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (HttpRequestException e)
        {
            return e;
        }
        throw new WalkFailedException("expected a refusal");
    }

    private static void Expect(bool condition, string otherwise)
    {
        if (!condition) throw new WalkFailedException(otherwise);
    }
}
