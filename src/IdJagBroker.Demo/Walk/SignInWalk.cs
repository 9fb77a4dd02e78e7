using System.Text.Json.Nodes;

namespace IdJagBroker.Demo.Walk;

/// <summary>
/// The path of a client that knows one issuer, the broker: a person signs in there by way of the enterprise IdP, the client stays signed in without her, and loses
/// everything when the IdP no longer vouches for her. Each leg is shown; each is also checked.
/// </summary>
internal sealed class SignInWalk(DemoWorld world, Narrator tell, DemoTime time) : IDisposable
{
    private const string Notes = "notes:read notes:write";
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(15);

    private readonly SdkClient _sdk = new(world, DesktopClient.Desktop.AtBroker, DesktopClient.Desktop.SecretIn(world), DesktopClient.Desktop.AtNotes);

    /// <exception cref="WalkFailedException">Something was not as it should be.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        var http = _sdk.Tapped();
        var flow = DesktopClient.Desktop.Begin(world, http);
        using var browser = new Browser();
        await MeetAsync(http, ct);
        var tokens = await SignInAsync("ana", flow, browser, ct);
        var sid = (string)SdkClient.ClaimsOf(tokens.IdToken!)["sid"]!;
        await UseAsync(tokens.IdToken!, http, ct);
        tokens = await RefreshAsync(flow, tokens, http, ct);
        await DisableAsync("ana", flow, tokens, http, ct);
        await ShowLogAsync(sid, http, ct);
        world.Idp.Enable("ana");        // for whoever goes on with --keep
        await EndSessionAsync("bob", http, ct);
    }

    public void Dispose() => _sdk.Dispose();

    private async Task MeetAsync(HttpClient http, CancellationToken ct)
    {
        tell.Chapter("All that the client knows is one issuer");
        var url = world.At.Broker + "/.well-known/openid-configuration";
        var document = JsonNode.Parse(await http.GetStringAsync(new Uri(url), ct))!;
        tell.Say($"   → GET {url}");
        foreach (var name in (string[])["issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "revocation_endpoint", "end_session_endpoint"])
            tell.Say($"   {name,-24} {document[name]}");
        tell.Say($"   {"grant_types_supported",-24} " + string.Join(' ', document["grant_types_supported"]!.AsArray().Select(type => ((string)type!).Split(':')[^1])));
    }

    private async Task<SignInTokens> SignInAsync(string person, CodeFlow flow, Browser browser, CancellationToken ct)
    {
        tell.Chapter($"{person} signs in there. The broker asks for no password: it sends the browser on to the enterprise's own IdP");
        var answer = await browser.SignInAsync(await flow.AddressAsync(ct), DesktopClient.CallbackIn(world), person, world.Password, ct);
        tell.Hops(browser.Hops);
        tell.Say($"   → {DesktopClient.CallbackIn(world)}?code=…&state=…&iss={answer.Issuer}");
        var atIdp = browser.Hops.Where(hop => hop.Method == HttpMethod.Post).ToList();
        Expect(atIdp.Count is 1 && world.At.Idp.StartsWith(atIdp[0].Url.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal), "the password was posted elsewhere than at the IdP");

        tell.Chapter("The client redeems the code (PKCE): an ID Token of the broker's, and a refresh token");
        var tokens = await flow.FinishAsync(answer, ct);
        tell.Show(_sdk.Wire.Last("/oauth2/token"));
        tell.Token("ID Token", tokens.IdToken!);
        tell.Say("   Its aud is the client's id at the broker, its sid the session that every later row of the log names.");
        Expect(tokens.RefreshToken is not null, "no refresh token came");
        return tokens;
    }

    private async Task UseAsync(string idToken, HttpClient http, CancellationToken ct)
    {
        tell.Chapter("The official MCP SDK exchanges it for an ID-JAG at the same issuer, redeems that, and calls a tool");
        var access = await _sdk.GetAccessTokenAsync(idToken, Notes, http, ct);
        tell.Show(_sdk.Wire.Last("/oauth2/token"));
        var idJag = (string)JsonNode.Parse(_sdk.Wire.Last("/oauth2/token").ResponseBody)!["access_token"]!;
        var row = await new DemoLog(world, http).EventsAsync($"type=idjag.issued&jti={SdkClient.ClaimsOf(idJag)["jti"]}", ct);
        Expect(row.Count is 1, "the issuance is not in the log");
        tell.Row(row[0]);
        await using var client = await _sdk.ConnectAsync(access.AccessToken, ct);
        tell.Fact("notes.add", SdkClient.Text(await client.CallToolAsync("notes.add", new Dictionary<string, object?> { ["text"] = "buy milk" }, cancellationToken: ct)));
        tell.Fact("notes.list", SdkClient.Text(await client.CallToolAsync("notes.list", cancellationToken: ct)));
        tell.Fact("access token", $"good for {access.ExpiresIn} s at the vendor's, whatever happens meanwhile");
    }

    private async Task<SignInTokens> RefreshAsync(CodeFlow flow, SignInTokens before, HttpClient http, CancellationToken ct)
    {
        tell.Chapter("Later the client renews the ID Token without the person: no browser, no page");
        var after = await flow.RefreshAsync(before.RefreshToken!, ct);
        tell.Show(_sdk.Wire.Last("/oauth2/token"));
        Expect(after.Error is null && after.IdToken != before.IdToken && after.RefreshToken != before.RefreshToken, "the refresh gave nothing new");
        var (was, now) = (SdkClient.ClaimsOf(before.IdToken!), SdkClient.ClaimsOf(after.IdToken!));
        Expect((string?)was["sid"] == (string?)now["sid"] && (string?)was["sub"] == (string?)now["sub"], "the refresh gave another session");
        await _sdk.GetAccessTokenAsync(after.IdToken!, Notes, http, ct);
        tell.Say("   A new ID Token of the same session, and it is taken for the next ID-JAG. The refresh token was replaced: used again, the old one would end all of them.");
        return after;
    }

    private async Task DisableAsync(string person, CodeFlow flow, SignInTokens tokens, HttpClient http, CancellationToken ct)
    {
        tell.Chapter($"The IdP's administrator disables {person}. Nobody tells the broker: it asks, at the latest {DemoPolicies.RecheckAfter.TotalSeconds:0} s after it asked last");
        world.Idp.Disable(person);
        var disabledAt = time.Clock.GetUtcNow();
        tell.Say("   (recheckAfter in the catalogue: 15 minutes unless something else is written; 1 minute is the least. This is waited for, not skipped.)");
        var last = tokens;
        while (true)
        {
            var next = await flow.RefreshAsync(last.RefreshToken!, ct);
            var after = time.Clock.GetUtcNow() - disabledAt;
            tell.Fact($"after {after.TotalSeconds,2:0} s", next.Error is null ? "renewed: what the broker knows is recent enough" : $"refused: {next.Error}");
            if (next.Error is not null)
            {
                Expect(next.Error is "invalid_grant", "the refusal has another code");
                break;
            }
            Expect(after < DemoPolicies.RecheckAfter, $"{person} is disabled, and the broker still vouches");
            last = next;
            var left = DemoPolicies.RecheckAfter - after;
            await time.WaitAsync(left < Between ? left : Between, ct);
        }
        tell.Show(_sdk.Wire.Last("/oauth2/token"));
        tell.Say($"   The last ID Token has not expired ({ExpiryOf(last):HH:mm:ss} UTC), and is worth nothing either:");
        var (error, leg) = await _sdk.GetRefusalAsync(last.IdToken!, Notes, http, ct);
        tell.Fact("SDK reports", $"{error}: {JsonNode.Parse(leg.ResponseBody)!["error_description"]}");
        Expect(error is "invalid_grant", "the ID Token is still taken");
    }

    private async Task ShowLogAsync(string sid, HttpClient http, CancellationToken ct)
    {
        tell.Chapter("What the log says of that session, from its beginning to its end");
        var rows = await new DemoLog(world, http).EventsAsync($"q={sid}&from=-1h&limit=100", ct);
        foreach (var row in rows.Reverse()) tell.Line(row);
        var types = rows.Select(row => (string)row["type"]!).ToHashSet();
        foreach (var type in (string[])["signin.session_started", "signin.code_issued", "signin.redeemed", "idjag.issued", "refresh.rotated", "signin.session_ended", "refresh.denied", "idjag.denied"])
            Expect(types.Contains(type), $"{type} is not among them");
    }

    private async Task EndSessionAsync(string person, HttpClient http, CancellationToken ct)
    {
        tell.Chapter($"Faster: the administrator ends {person}'s session, and the IdP tells the broker at once (back-channel logout)");
        using var browser = new Browser();
        var flow = DesktopClient.Desktop.Begin(world, http);
        var answer = await browser.SignInAsync(await flow.AddressAsync(ct), DesktopClient.CallbackIn(world), person, world.Password, ct);
        var tokens = await flow.FinishAsync(answer, ct);
        foreach (var delivery in await world.Idp.EndSessionAsync(person)) tell.Fact("told", $"{delivery.ClientId}: {(int?)delivery.Answer ?? 0}");
        var refused = await flow.RefreshAsync(tokens.RefreshToken!, ct);
        tell.Fact("the next refresh", refused.Error ?? "granted");
        Expect(refused.Error is "invalid_grant", "the session was not ended");
    }

    private static DateTimeOffset ExpiryOf(SignInTokens tokens) => DateTimeOffset.FromUnixTimeSeconds((long)SdkClient.ClaimsOf(tokens.IdToken!)["exp"]!);

    private static void Expect(bool condition, string otherwise)
    {
        if (!condition) throw new WalkFailedException(otherwise);
    }
}
