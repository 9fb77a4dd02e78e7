using System.Text.Json.Nodes;
using IdJagBroker.Probe;
using IdJagBroker.Protocol;
using Microsoft.AspNetCore.Http;

namespace IdJagBroker.Tests.Probe;

/// <summary>What a run makes of servers that fail, mislead or say too much.</summary>
public sealed class ProbeRunTests : IAsyncLifetime
{
    private ProbeDesk _desk = null!;

    public async ValueTask InitializeAsync() => _desk = await ProbeDesk.StartAsync();

    public async ValueTask DisposeAsync() => await _desk.DisposeAsync();

    private static Func<ProbeCheck, bool> Only(params string[] words) => check => words.Any(check.IsNamedBy);

    private static bool IsToken(HttpContext http) => http.Request.Path == "/token";

    private static async Task<bool> AnswerAsync(HttpContext http, int status, string body)
    {
        (http.Response.StatusCode, http.Response.ContentType) = (status, "application/json");
        await http.Response.WriteAsync(body);
        return true;
    }

    [Fact]
    public async Task Proves_nothing_by_refusals_while_good_ones_are_refused_too_and_says_what_to_look_at()
    {
        await using var desk = await ProbeDesk.StartAsync("good.redeem");
        var report = await desk.RunAsync();
        Assert.Equal(ProbeOutcome.Fail, report.Of("good.redeem").Outcome);
        Assert.All(report.Results.Where(result => result.Check.WantsRefusal), result => Assert.Equal(ProbeOutcome.Unproven, result.Verdict.Outcome));
        Assert.False(report.Passed);
        Assert.Contains(report.Causes, cause => cause.Contains(desk.Setup.Issuer, StringComparison.Ordinal));
        Assert.Contains(report.Causes, cause => cause.Contains(desk.Setup.Key.KeyId, StringComparison.Ordinal));
        Assert.Contains("Likely causes", report.ToTable(), StringComparison.Ordinal);
        Assert.Contains("The server says: sub is unknown", report.ToTable(), StringComparison.Ordinal);
        Assert.Single(desk.Server.Seen, line => line == "POST /token");         // what proves nothing is not even sent
    }

    [Theory]
    [InlineData("invalid_client", "--auth-method"), InlineData("unauthorized_client", "not registered for the jwt-bearer grant"), InlineData("unsupported_grant_type", "--token-endpoint"), InlineData("invalid_target", "mcp.probe-test.example")]
    [InlineData("invalid_scope", "tickets:read"), InlineData("access_denied", "u-1"), InlineData("invalid_dpop_proof", "clocks"), InlineData("invalid_authorization_details", "authorization_details"), InlineData("nonsense", "none of OAuth's")]
    public async Task Tells_likely_causes_by_the_error(string error, string cause)
    {
        _desk.Server.Before = http => IsToken(http) ? AnswerAsync(http, 400, $$"""{"error":"{{error}}"}""") : Task.FromResult(false);
        Assert.Contains((await _desk.RunAsync()).Causes, one => one.Contains(cause, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Takes_back_what_refusals_proved_if_the_server_locks_the_client_out_meanwhile()
    {
        await using var desk = await ProbeDesk.StartAsync("good.after");
        var report = await desk.RunAsync();
        Assert.Equal(ProbeOutcome.Fail, report.Of("good.after").Outcome);
        Assert.All(report.Results.Where(result => result.Check.WantsRefusal && result.Verdict.Outcome is not ProbeOutcome.Skipped), result => Assert.Equal(ProbeOutcome.Unproven, result.Verdict.Outcome));
        Assert.Equal(ProbeOutcome.Pass, report.Of("good.again").Outcome);
    }

    [Theory]
    [InlineData(500, nameof(ProbeOutcome.Fail)), InlineData(503, nameof(ProbeOutcome.Fail)), InlineData(404, nameof(ProbeOutcome.Warn)), InlineData(405, nameof(ProbeOutcome.Pass))]
    public async Task Never_takes_a_failure_for_a_refusal(int status, string outcome)
    {
        _desk.Server.Before = http => http.Request.Method is "GET" && IsToken(http) ? AnswerAsync(http, status, "{}") : Task.FromResult(false);
        var report = await _desk.RunAsync(Only("bad.get"));
        Assert.Equal(outcome, report.Of("bad.get").Outcome.ToString());                      // a SHOULD, and yet
        Assert.Equal(outcome is not nameof(ProbeOutcome.Fail), report.Passed);
    }

    [Theory]
    [InlineData(400, """{"error":"invalid_request"}""", nameof(ProbeOutcome.Warn)), InlineData(401, """{"error":"invalid_grant"}""", nameof(ProbeOutcome.Warn)), InlineData(400, "no", nameof(ProbeOutcome.Warn)), InlineData(400, """{"error":"invalid_grant"}""", nameof(ProbeOutcome.Pass))]
    [InlineData(200, """{"error":"invalid_grant"}""", nameof(ProbeOutcome.Warn)), InlineData(400, """{"access_token":"t"}""", nameof(ProbeOutcome.Fail)), InlineData(307, "{}", nameof(ProbeOutcome.Fail)), InlineData(502, "{}", nameof(ProbeOutcome.Fail))]
    public async Task Judges_a_refusal_by_its_code_and_status(int status, string body, string outcome)
    {
        var posts = 0;
        _desk.Server.Before = http => IsToken(http) && Interlocked.Increment(ref posts) is 2 ? AnswerAsync(http, status, body) : Task.FromResult(false);
        Assert.Equal(outcome, (await _desk.RunAsync(Only("bad.expired"))).Of("bad.expired").Outcome.ToString());
    }

    [Fact]
    public async Task Waits_as_long_as_a_limit_says_and_does_not_take_it_for_a_refusal()
    {
        var posts = 0;
        _desk.Server.Before = http =>
        {
            if (!IsToken(http) || Interlocked.Increment(ref posts) is not 2) return Task.FromResult(false);
            http.Response.Headers.RetryAfter = "1";
            return AnswerAsync(http, 429, """{"error":"invalid_grant"}""");
        };
        Assert.Equal(ProbeOutcome.Pass, (await _desk.RunAsync(Only("bad.expired"))).Of("bad.expired").Outcome);
        Assert.Equal(4, posts);                                                   // the good one, the bad one twice, the control

        posts = 0;
        _desk.Server.Before = http =>
        {
            if (!IsToken(http) || Interlocked.Increment(ref posts) is not 2) return Task.FromResult(false);
            http.Response.Headers.RetryAfter = "600";
            return AnswerAsync(http, 429, """{"error":"invalid_grant"}""");
        };
        var limited = await _desk.RunAsync(Only("bad.expired"));
        Assert.Equal((ProbeOutcome.Unproven, ProbeOutcome.Pass), (limited.Of("bad.expired").Outcome, limited.Of("good.after").Outcome));
        Assert.False(limited.Passed);                                             // what was asked could not be told
    }

    [Fact]
    public async Task Answers_a_demand_for_a_nonce_with_the_same_id_jag()
    {
        _desk.Setup = _desk.Setup with { Dpop = true, SingleUse = true };
        _desk.Server.SingleUse = true;
        _desk.Server.Before = http =>
        {
            if (!IsToken(http) || http.Request.Headers["DPoP"].Count is 0 || (string?)Shared.Jwts.Claims(http.Request.Headers["DPoP"]!)["nonce"] is "n-1") return Task.FromResult(false);
            http.Response.Headers["DPoP-Nonce"] = "n-1";
            return AnswerAsync(http, 400, """{"error":"use_dpop_nonce"}""");
        };
        (await _desk.RunAsync()).AssertFaultless();
    }

    [Theory, Trait("Spec", "SEC-16")]
    [InlineData(302), InlineData(307), InlineData(308)]
    public async Task Follows_no_redirect_with_an_id_jag_or_without(int status)
    {
        await using var elsewhere = await CarelessServer.StartAsync();
        _desk.Server.Before = http =>
        {
            http.Response.Headers.Location = elsewhere.Url + http.Request.Path;
            return AnswerAsync(http, status, "{}");
        };
        _desk.Setup = _desk.Setup with { TokenEndpoint = new Uri(_desk.Server.Url + "/token") };
        var report = await _desk.RunAsync();
        Assert.Equal((ProbeOutcome.Fail, ProbeOutcome.Fail), (report.Of("metadata.published").Outcome, report.Of("good.redeem").Outcome));
        Assert.Contains("redirects", report.Of("metadata.published").Note, StringComparison.Ordinal);
        Assert.Empty(elsewhere.Seen);
    }

    [Fact]
    public async Task Sends_nothing_to_an_endpoint_of_another_origin_that_plain_http_named()
    {
        await using var elsewhere = await CarelessServer.StartAsync();
        _desk.Server.Before = http => IsToken(http) ? Task.FromResult(false) : AnswerAsync(http, 200, new JsonObject { ["issuer"] = _desk.Server.Url, ["token_endpoint"] = elsewhere.Url + "/token" }.ToJsonString());
        var report = await _desk.RunAsync();
        Assert.Equal((ProbeOutcome.Fail, ProbeOutcome.Unproven), (report.Of("metadata.token-endpoint").Outcome, report.Of("good.redeem").Outcome));
        Assert.False(report.Passed);
        Assert.Contains("another origin", Assert.Single(report.Causes), StringComparison.Ordinal);
        Assert.Empty(elsewhere.Seen);
    }

    [Theory]
    [InlineData("https://as.example", "https://as.example", "https://tokens.example/t", true)]
    [InlineData("https://as.example", "https://other.example", "https://tokens.example/t", false)]
    [InlineData("https://as.example", "https://as.example", "http://tokens.example/t", false)]
    [InlineData("https://as.example", "https://as.example", "https://user@as.example/t", false)]
    [InlineData("https://as.example", "https://other.example", "https://as.example:443/t", true)]
    [InlineData("https://as.example", "https://other.example", "https://as.example:8443/t", false)]
    public void Believes_metadata_about_another_origin_only_over_tls_and_of_that_issuer(string server, string said, string endpoint, bool isSent)
    {
        Assert.True(Issuer.TryParse(server, false, out var issuer));
        var json = System.Text.Json.JsonDocument.Parse(new JsonObject { ["issuer"] = said, ["token_endpoint"] = endpoint }.ToJsonString()).RootElement;
        var documents = new ServerDocuments([new PublishedDocument("/", 200) { Json = json }]);
        Assert.Equal(isSent, TokenEndpointRule.Find(_desk.Setup with { Server = issuer }, documents, out var why) is not null);
        Assert.Equal(isSent, why is "");
    }

    [Fact, Trait("Spec", "SEC-26")]
    public async Task Shows_neither_secrets_nor_tokens_nor_control_characters_whatever_a_server_says()
    {
        var encoded = Uri.EscapeDataString(CarelessServer.Secret);
        _desk.Server.Before = async http =>
        {
            if (!IsToken(http) || !http.Request.HasFormContentType) return false;
            var form = await http.Request.ReadFormAsync();
            return await AnswerAsync(http, 400, new JsonObject
            {
                ["error"] = "invalid_grant\u001b[31m", ["error_description"] = $"\u001b[2J{form["client_secret"]} {encoded} {form["assertion"]} \u202eok\nnext {string.Join(' ', Enumerable.Repeat("word", 900))}",
            }.ToJsonString());
        };
        _desk.Setup = _desk.Setup with { Client = ClientProof.OfSecret(CarelessServer.Client, CarelessServer.Secret, basic: false) };
        var report = await _desk.RunAsync();
        foreach (var text in (string[])[report.ToTable(), report.ToJson()])
        {
            Assert.DoesNotContain(CarelessServer.Secret, text, StringComparison.Ordinal);
            Assert.DoesNotContain("eyJ", text, StringComparison.Ordinal);
            Assert.DoesNotContain(text, c => c is '\u001b' or '\u202e');
            Assert.DoesNotContain(encoded, text, StringComparison.Ordinal);
            Assert.Contains("word word", text, StringComparison.Ordinal);
            Assert.All(text.Split('\n'), line => Assert.True(line.Length < 400, line));
        }
        Assert.Contains("ok", report.Of("good.redeem").Answer!.Text("error_description")!, StringComparison.Ordinal);      // it came, and was cut
    }

    [Theory, Trait("Spec", "SEC-16")]
    [InlineData(false), InlineData(true)]
    public async Task Gives_up_on_answers_that_do_not_come_or_do_not_end(bool isEndless)
    {
        _desk.Setup = _desk.Setup with { Patience = TimeSpan.FromMilliseconds(500) };
        _desk.Server.Before = async http =>
        {
            if (!IsToken(http)) return false;
            if (isEndless) await http.Response.Body.WriteAsync(new byte[ProbeSession.MaxBytes + 1]);
            else await Task.Delay(TimeSpan.FromSeconds(5), http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        };
        var report = await _desk.RunAsync(Only("good.redeem"));
        Assert.Equal((ProbeOutcome.Fail, 0), (report.Of("good.redeem").Outcome, report.Of("good.redeem").Answer!.Status));
        Assert.Contains(isEndless ? "too large" : "too long", report.Of("good.redeem").Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_that_nobody_is_there()
    {
        Assert.True(Issuer.TryParse($"http://127.0.0.1:{Shared.FreePort.Next()}", allowLoopbackHttp: true, out var nobody));
        _desk.Setup = _desk.Setup with { Server = nobody };
        Assert.Contains(nobody.Value, (await Assert.ThrowsAsync<ProbeUnreachableException>(() => _desk.RunAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Asks_what_is_wanted_and_nothing_else()
    {
        var report = await _desk.RunAsync(Only("RAS-15", "good.json"));
        string[] asked = [.. report.Results.Where(result => result.Verdict.Outcome is not ProbeOutcome.Skipped).Select(result => result.Check.Id)];
        Assert.Equal(["good.redeem", "good.json", "good.aud-array", "bad.aud-other", "bad.aud-token-endpoint", "bad.aud-two", "bad.aud-slash", "good.after"], asked);
        Assert.Equal(7, _desk.Server.Seen.Count(line => line is "POST /token"));
        Assert.DoesNotContain("bad.expired", report.ToTable(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_way_to_publish_keys_it_names_addresses_that_do_not_exist()
    {
        await using var desk = await ProbeDesk.StartAsync(serves: false);
        var report = await desk.RunAsync();
        report.AssertFaultless();
        Assert.Equal(ProbeOutcome.Skipped, report.Of("bad.fetched").Outcome);
    }

    [Fact]
    public async Task Writes_a_report_for_programs()
    {
        await using var desk = await ProbeDesk.StartAsync("bad.expired");
        var json = JsonNode.Parse((await desk.RunAsync()).ToJson())!;
        Assert.Equal((1, false, desk.Server.Url, "client_secret_basic", false), ((int)json["version"]!, (bool)json["passed"]!, (string?)json["authorization_server"], (string?)json["auth_method"], (bool)json["dpop"]!));
        Assert.Equal(ProbeChecks.All.Count, json["checks"]!.AsArray().Count);
        Assert.Equal(ProbeChecks.All.Count, json["counts"]!.AsObject().Sum(pair => (int)pair.Value!));
        var found = json["checks"]!.AsArray().Single(check => (string?)check!["outcome"] is "fail")!;
        Assert.Equal(("bad.expired", "bad", "MUST", "RAS-16", 200), ((string?)found["id"], (string?)found["group"], (string?)found["level"], (string?)found["rules"]![0], (int)found["received"]!["status"]!));
        Assert.Equal(ProbeChecks.All.Single(check => check.Id is "bad.expired").Fix, (string?)found["fix"]);
    }
}
