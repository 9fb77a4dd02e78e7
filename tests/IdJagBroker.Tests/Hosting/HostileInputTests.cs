using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Shared;

namespace IdJagBroker.Tests.Hosting;

/// <summary>What a stranger can send: answered with a 4xx, soon, and the next honest request is served.</summary>
public sealed class HostileInputTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    // Two seconds are meant; a loaded machine gets more.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(8);

    private Uri Url => new(broker.Issuer);

    private async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(Url.Host, Url.Port);
        return client;
    }

    /// <summary>Sends bytes as they are and reads the status; what the server leaves unread does not matter.</summary>
    private async Task<int> StatusOfAsync(string head, Func<NetworkStream, CancellationToken, Task>? body = null)
    {
        using var deadline = new CancellationTokenSource(Soon);
        using var client = await ConnectAsync();
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(head), deadline.Token);
        var sending = body?.Invoke(stream, deadline.Token) ?? Task.CompletedTask;
        var status = await new StreamReader(stream, Encoding.Latin1).ReadLineAsync(deadline.Token);
        await deadline.CancelAsync();
        await sending.ContinueWith(_ => { }, TaskScheduler.Default);
        Assert.Matches(@"^HTTP/1\.1 \d{3} ", status);
        return int.Parse(status!.AsSpan(9, 3), CultureInfo.InvariantCulture);
    }

    private string Head(string extra) => $"POST /oauth2/token HTTP/1.1\r\nHost: {Url.Authority}\r\nContent-Type: application/x-www-form-urlencoded\r\n{extra}";

    private async Task IsRefusedAsync(HttpContent content, Action<HttpRequestMessage>? change = null)
    {
        var started = Stopwatch.GetTimestamp();
        var answer = await broker.Token.SendAsync(content, change);
        Assert.InRange((int)answer.Status, 400, 499);
        Assert.NotNull(answer.Error);
        Assert.True(Stopwatch.GetElapsedTime(started) < Soon, "the refusal took too long");
    }

    private Task IsRefusedAsync(params (string, string?)[] changes) => IsRefusedAsync(new FormUrlEncodedContent(TokenClient.With(broker.Token.Form(), changes)));

    private async Task StillServesAsync() => (await broker.Token.ExchangeAsync()).IsGranted();

    [Theory, Trait("Spec", "SEC-09")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reads_no_fifty_megabytes(bool chunked)
    {
        const int megabytes = 50;
        var block = new byte[1024 * 1024];
        Array.Fill(block, (byte)'x');
        var sent = 0;
        async Task SendAsync(NetworkStream stream, CancellationToken ct)
        {
            for (; sent < megabytes; sent++)
            {
                if (chunked) await stream.WriteAsync("100000\r\n"u8.ToArray(), ct);
                await stream.WriteAsync(block, ct);
                if (chunked) await stream.WriteAsync("\r\n"u8.ToArray(), ct);
            }
        }

        Assert.Equal(413, await StatusOfAsync(Head(chunked ? "Transfer-Encoding: chunked\r\n\r\n" : $"Content-Length: {megabytes * block.Length}\r\n\r\n"), SendAsync));
        Assert.True(sent < megabytes, "all of it was read");
        await StillServesAsync();
    }

    [Fact, Trait("Spec", "SEC-09")]
    public async Task Does_not_wait_for_the_rest_of_what_is_too_large_already()
    {
        const int tooLarge = IdJagBroker.Protocol.OAuthForm.MaxBytes + 1;

        Assert.Equal(413, await StatusOfAsync(Head($"Content-Length: {tooLarge}\r\n\r\n")));      // and nothing of it
        Assert.Equal(413, await StatusOfAsync(Head($"Transfer-Encoding: chunked\r\n\r\n{tooLarge:x}\r\n{new string('x', tooLarge)}\r\n")));
    }

    [Fact, Trait("Spec", "SEC-09")]
    public async Task Serves_others_while_sixty_four_connections_say_nothing_more()
    {
        var halves = new[] { "", "P", "POST /oauth2/token HTTP/1.1\r\nHost: x\r\n", Head("Content-Length: 1000\r\n\r\ngrant_type=") };
        var open = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 64; i++)
            {
                var client = await ConnectAsync();
                open.Add(client);
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(halves[i % halves.Length]));
            }
            var started = Stopwatch.GetTimestamp();
            await StillServesAsync();
            Assert.True(Stopwatch.GetElapsedTime(started) < Soon, "it was kept waiting");
        }
        finally
        {
            open.ForEach(client => client.Dispose());
        }
        await StillServesAsync();
    }

    [Theory]
    [InlineData("zz\r\n")]
    [InlineData("ffffffffffffffff\r\n")]
    public async Task Reads_no_second_request_after_a_body_whose_end_it_does_not_know(string chunk)
    {
        using var deadline = new CancellationTokenSource(Soon);
        using var client = await ConnectAsync();
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            Head($"Transfer-Encoding: chunked\r\n\r\n{chunk}") + $"GET /oauth2/jwks HTTP/1.1\r\nHost: {Url.Authority}\r\n\r\n"), deadline.Token);
        var everything = await new StreamReader(client.GetStream()).ReadToEndAsync(deadline.Token);

        Assert.StartsWith("HTTP/1.1 400 ", everything, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", everything, StringComparison.Ordinal);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(everything, "HTTP/1.1 "));
        await StillServesAsync();
    }

    public static TheoryData<string> Payloads => [.. Hostile.Keys];

    private static readonly Dictionary<string, string> Hostile = new()
    {
        ["a hundred thousand arrays"] = "{\"a\":" + new string('[', 100_000) + new string(']', 100_000) + "}",
        ["a hundred thousand objects"] = string.Concat(Enumerable.Repeat("{\"a\":", 100_000)) + "1" + new string('}', 100_000),
        ["seventeen deep"] = "{\"a\":" + new string('[', 17) + new string(']', 17) + "}",
        ["never closed"] = new string('[', 8_000),
        ["twenty thousand members"] = "{" + string.Join(',', Enumerable.Range(0, 20_000).Select(i => $"\"{i:x}\":1")) + "}",
        ["a thousand members of one name"] = "{" + string.Join(',', Enumerable.Repeat("\"iss\":\"x\"", 1_000)) + "}",
        ["a number of ten thousand digits"] = "{\"exp\":1" + new string('0', 10_000) + "}",
        ["an exponent"] = "{\"exp\":1e999999999}",
        ["half a surrogate pair"] = "{\"iss\":\"\\ud800\",\"\\udc00\":1}",
        ["NUL"] = "{\"iss\":\"a\\u0000b\"}",
        ["no object"] = "[]",
        ["nothing"] = "",
        ["a byte order mark"] = "\ufeff{}",
        ["an object and more"] = "{}{}",
    };

    [Theory, MemberData(nameof(Payloads)), Trait("Spec", "SEC-08")]
    public async Task Reads_no_monstrous_json(string name)
    {
        var header = new JsonObject { ["alg"] = "ES256", ["kid"] = broker.Idp.KeyId }.ToJsonString();

        await IsRefusedAsync(("subject_token", Jwts.Sign(header, Hostile[name], broker.Idp.Key)));
        await IsRefusedAsync(("subject_token", Jwts.Sign(Hostile[name], broker.IdToken().Length > 0 ? "{}" : "", broker.Idp.Key)));
        await IsRefusedAsync(("client_id", null), ("client_secret", null), ("client_assertion_type", IdJagBroker.Protocol.TokenType.ClientAssertion),
            ("client_assertion", Jwts.Sign(header, Hostile[name], broker.ClientKey)));
        await StillServesAsync();
    }

    [Theory, Trait("Spec", "SEC-08"), Trait("Spec", "IDP-33")]
    [InlineData("exp", "253402300799")]
    [InlineData("exp", "9223372036854775807")]
    [InlineData("exp", "1e30")]
    [InlineData("exp", "-1")]
    [InlineData("iat", "-9223372036854775808")]
    [InlineData("nbf", "253402300799")]
    [InlineData("auth_time", "9223372036854775807")]
    [InlineData("auth_time", "{}")]
    [InlineData("acr", "7")]
    [InlineData("amr", "[[]]")]
    [InlineData("amr", "[1]")]
    public async Task Reads_no_claim_of_another_type_or_beyond_all_time(string claim, string json)
    {
        var token = broker.IdToken((_, claims) => claims[claim] = JsonNode.Parse(json));
        var answer = await broker.Token.ExchangeAsync(("subject_token", token));
        answer.IsRefused("invalid_grant");

        if (claim is "exp" or "nbf" or "iat")
            (await broker.Token.ExchangeByAssertionAsync(broker.Token.Assertion((_, claims) => claims[claim] = JsonNode.Parse(json)))).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
    }

    [Theory, Trait("Spec", "SEC-09")]
    [InlineData("Authorization: Basic {0}")]
    [InlineData("Authorization: {0}")]
    [InlineData("User-Agent: {0}")]
    [InlineData("DPoP: {0}")]
    [InlineData("traceparent: {0}")]
    [InlineData("Content-Type: {0}")]
    [InlineData("{0}: x")]
    public async Task Reads_no_header_line_of_twenty_kilobytes(string line)
    {
        var head = Head(string.Format(CultureInfo.InvariantCulture, line, new string('A', 20 * 1024)) + "\r\nContent-Length: 0\r\n\r\n");

        Assert.Equal(431, await StatusOfAsync(head));
        await StillServesAsync();
    }

    [Theory]
    [InlineData("User-Agent: a\0b")]
    [InlineData("User-Agent: a\u0001b")]
    [InlineData("User-Agent: a\u007fb")]
    [InlineData("User-Agent: a\rb")]
    [InlineData("User-Agent: \u00ff\u00fe")]
    [InlineData("User-Agent: \u00ed\u00a0\u0080")]
    [InlineData("traceparent: 00-\u00ff-0-01")]
    [InlineData("Authorization: Basic \u00ff")]
    [InlineData("Authorization: Basic AAAA")]
    [InlineData("Authorization: Basic bm90ZXMtYWdlbnQ6YQBi")]
    [InlineData("Authorization: Basic bm90ZXMtYWdlbnQ6JTAw")]
    [InlineData("Authorization: Basic 7aCAOng=")]
    [InlineData("Authorization: Basic x\r\nAuthorization: Basic y")]
    [InlineData("Content-Type: application/x-www-form-urlencoded; charset=utf-7")]
    [InlineData("Content-Length: -1")]
    [InlineData("Content-Length: 99999999999999999999")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 5")]
    [InlineData("Host: a\r\nHost: b")]
    [InlineData("X\0Y: 1")]
    [InlineData(" folded")]
    public async Task Answers_odd_headers_with_a_4xx(string line)
    {
        var status = await StatusOfAsync(Head($"{line}\r\n{(line.Contains("ength", StringComparison.Ordinal) || line.Contains("chunked", StringComparison.Ordinal) ? "" : "Content-Length: 3\r\n")}Connection: close\r\n\r\na=b0\r\n\r\n"));

        Assert.InRange(status, 400, 499);
        await StillServesAsync();
    }

    [Theory]
    [InlineData("GET /\0 HTTP/1.1")]
    [InlineData("GET /%00 HTTP/1.1")]
    [InlineData("GET /%ff%fe HTTP/1.1")]
    [InlineData("GET /.well-known/openid-configuration/../../oauth2/%6Bwks HTTP/1.1")]
    [InlineData("GET //oauth2/jwks HTTP/1.1")]
    [InlineData("GET /admin/v1/audit/events HTTP/1.1")]
    [InlineData("GET /oauth2/token/..%2f..%2fhealth/ready HTTP/1.1")]
    [InlineData("GET * HTTP/1.1")]
    [InlineData("CONNECT x:1 HTTP/1.1")]
    [InlineData("TRACE /oauth2/token HTTP/1.1")]
    [InlineData("PRI * HTTP/2.0")]
    [InlineData("\u0016\u0003\u0001\u0002")]
    public async Task Answers_odd_request_lines_with_a_4xx_or_not_at_all(string line)
    {
        using var deadline = new CancellationTokenSource(Soon);
        using var client = await ConnectAsync();
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes($"{line}\r\nHost: {Url.Authority}\r\nConnection: close\r\n\r\n"), deadline.Token);
        var status = await new StreamReader(client.GetStream(), Encoding.Latin1).ReadLineAsync(deadline.Token);

        if (status is not null && status.StartsWith("HTTP/1.1 ", StringComparison.Ordinal)) Assert.Equal('4', status[9]);
        await StillServesAsync();
    }

    [Theory]
    [InlineData("%ed%a0%80")]               // half a surrogate pair
    [InlineData("%c0%80")]                  // NUL, overlong
    [InlineData("%f4%90%80%80")]            // beyond Unicode
    [InlineData("%e2%80")]                  // cut off
    [InlineData("%00")]
    [InlineData("a%2")]
    public async Task Reads_no_text_that_is_none(string encoded)
    {
        foreach (var name in new[] { "audience", "resource", "scope", "subject_token", "client_id", "client_secret", "client_assertion", "grant_type", "nonsense" })
            await IsRefusedAsync(new StringContent($"{name}={encoded}&client_id=x&client_secret=y", Encoding.ASCII, "application/x-www-form-urlencoded"));
        await IsRefusedAsync(new StringContent($"{encoded}=1", Encoding.ASCII, "application/x-www-form-urlencoded"));
    }

    [Theory]
    [InlineData("\u0001\u0002\u001b[31m\u007f")]
    [InlineData("\u202eevil\u2028\u2029\ufeff\ufffe")]
    [InlineData("'; drop table audit_inbox; --")]
    [InlineData("\\u0000 \\ud800 {}\"")]
    public async Task Records_odd_text_and_serves_on(string text)
    {
        // Long enough that the log cuts it off within a character of four bytes.
        foreach (var value in new[] { text, new string('a', 255) + "😀" + text })
        {
            foreach (var name in new[] { "audience", "resource", "scope", "subject_token", "grant_type", "requested_token_type", "subject_token_type", "nonsense" })
            {
                var answer = await broker.Token.ExchangeAsync((name, value), ("authorization_details", "[]"));
                Assert.InRange((int)answer.Status, 400, 499);
                Assert.NotNull(await broker.ExplainAsync(answer));
            }
            await IsRefusedAsync(("client_id", value));
            await IsRefusedAsync(("client_secret", value));
        }
        await StillServesAsync();
    }

    [Fact, Trait("Spec", "SEC-14")]
    public async Task Fetches_no_keys_for_two_hundred_names_that_nobody_has()
    {
        await StillServesAsync();
        var before = broker.Idp.KeyFetches;
        var started = Stopwatch.GetTimestamp();
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i =>
            broker.Token.ExchangeAsync(("subject_token", broker.IdToken((header, _) => header["kid"] = $"random-{i}")))));

        Assert.All(answers, answer => answer.IsRefused("invalid_grant"));
        // One for each cool-down of five seconds, which doubles: a handful however slow this machine is.
        Assert.InRange(broker.Idp.KeyFetches - before, 0, 1 + (int)(Stopwatch.GetElapsedTime(started).TotalSeconds / 5));
        await StillServesAsync();
    }
}
