using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using IdJagBroker.McpAuthorization.Tests.Support;

namespace IdJagBroker.McpAuthorization.Tests;

/// <summary>The token endpoint before the assertion is looked at: the form, and who asks (RFC 6749 §2.3, §3.2).</summary>
public sealed class JwtBearerEndpointTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>, IAsyncLifetime
{
    private const string JwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    private Ras _ras = null!;

    public async ValueTask InitializeAsync() => _ras = await Ras.StartAsync(broker);

    public ValueTask DisposeAsync() => _ras.DisposeAsync();

    [Theory, InlineData("GET"), InlineData("PUT"), InlineData("DELETE"), InlineData("OPTIONS"), Trait("Spec", "RAS-01"), Trait("Spec", "SEC-32")]
    public async Task Takes_post_only(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/token");
        request.Headers.Add("Origin", "https://evil.example");
        var answer = await Answer.ReadAsync(await _ras.Http.SendAsync(request));

        Assert.Equal(405, answer.Status);
        Assert.Equal("POST", answer.Header("Allow"));
        Assert.DoesNotContain(answer.Response.Headers, header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
    }

    [Fact, Trait("Spec", "SEC-32")]
    public async Task Gives_no_script_of_another_origin_its_answer()
    {
        var answer = await _ras.SendAsync(Ras.Basic(Ras.Client, Ras.Secret), Form(), request => request.Headers.Add("Origin", "https://evil.example"));

        answer.AssertIssued();
        Assert.Null(answer.Header("Access-Control-Allow-Origin"));
    }

    [Theory, InlineData("application/json"), InlineData("multipart/form-data; boundary=x"), InlineData("application/x-www-form-urlencoded; charset=utf-16"), InlineData(null)]
    [Trait("Spec", "RAS-01")]
    public async Task Refuses_a_body_that_is_no_form(string? contentType)
    {
        var answer = await _ras.SendAsync(Ras.Basic(Ras.Client, Ras.Secret), Form(), request =>
        {
            request.Content!.Headers.Remove("Content-Type");
            if (contentType is not null) request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        });

        answer.AssertRefused(400, "invalid_request");
    }

    [Fact, Trait("Spec", "RAS-01")]
    public async Task Reads_nothing_from_the_query()
    {
        var answer = await _ras.SendAsync(Ras.Basic(Ras.Client, Ras.Secret), [], request =>
            request.RequestUri = new Uri($"/token?grant_type={Uri.EscapeDataString(JwtBearer)}&assertion={broker.IdJag().Encode()}", UriKind.Relative));

        answer.AssertRefused(400, "invalid_request", "grant_type is required");
    }

    [Theory, InlineData("assertion"), InlineData("grant_type"), InlineData("scope"), InlineData("client_id"), Trait("Spec", "RAS-01"), Trait("Spec", "RAS-03")]
    public async Task Refuses_a_parameter_that_comes_twice(string name)
    {
        var answer = await _ras.SendAsync(Ras.Basic(Ras.Client, Ras.Secret), [.. Form(), (name, "x"), (name, "x")]);

        answer.AssertRefused(400, "invalid_request", "a parameter is given more than once");
    }

    [Fact]
    public async Task Ignores_unknown_and_empty_parameters()
    {
        var answer = await _ras.SendAsync(Ras.Basic(Ras.Client, Ras.Secret), [.. Form(), ("code", ""), ("resource", ""), ("foo", "1")]);

        answer.AssertIssued();
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Refuses_a_body_over_the_limit(bool chunked)
    {
        var answer = await _ras.SendAsync(Ras.Basic(Ras.Client, Ras.Secret), [.. Form(), ("pad", new string('x', 65 * 1024))],
            request => request.Headers.TransferEncodingChunked = chunked);

        answer.AssertRefused(413, "invalid_request");
    }

    [Fact]
    public async Task Answers_400_when_the_body_is_framed_wrongly()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, _ras.Http.BaseAddress!.Port);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes("POST /token HTTP/1.1\r\nHost: as\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n"));
        using var reader = new StreamReader(stream);

        Assert.StartsWith("HTTP/1.1 400", await reader.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Theory, InlineData("urn:ietf:params:oauth:grant-type:token-exchange"), InlineData("client_credentials"), InlineData("URN:IETF:PARAMS:OAUTH:GRANT-TYPE:JWT-BEARER")]
    [Trait("Spec", "RAS-02")]
    public async Task Refuses_another_grant(string grantType)
    {
        var answer = await _ras.SendAsync(Ras.Basic(Ras.Client, Ras.Secret), [("grant_type", grantType), ("assertion", broker.IdJag().Encode())]);

        answer.AssertRefused(400, "unsupported_grant_type");
    }

    [Fact, Trait("Spec", "RAS-03")]
    public async Task Refuses_a_request_without_assertion()
    {
        var answer = await _ras.SendAsync(Ras.Basic(Ras.Client, Ras.Secret), [("grant_type", JwtBearer)]);

        answer.AssertRefused(400, "invalid_request", "assertion is required");
    }

    [Theory, InlineData(true), InlineData(false), Trait("Spec", "RAS-04")]
    public async Task Authenticates_the_client_before_it_looks_at_the_assertion(bool goodIdJag)
    {
        var before = broker.JwksHits;
        var answer = await _ras.SendAsync(Ras.Basic(Ras.Client, Ras.Secret + "x"), [("grant_type", JwtBearer), ("assertion", goodIdJag ? broker.IdJag().Encode() : "junk")]);

        answer.AssertRefused(401, "invalid_client", "client authentication failed");
        Assert.Equal(before, broker.JwksHits);
    }

    [Theory, InlineData(Ras.Client, "x"), InlineData("nobody", Ras.Secret), InlineData(Ras.OtherClient, Ras.Secret), InlineData("CL_7HQ2NOTES", Ras.Secret), InlineData(Ras.Client, "")]
    [Trait("Spec", "RAS-04"), Trait("Spec", "SEC-27"), Trait("Spec", "SEC-34")]
    public async Task Answers_an_unknown_client_and_a_wrong_secret_alike(string id, string secret)
    {
        var answer = await _ras.SendAsync(Ras.Basic(id, secret), Form());

        answer.AssertRefused(401, "invalid_client", "client authentication failed");
        Assert.StartsWith("Basic ", answer.Header("WWW-Authenticate"), StringComparison.Ordinal);
    }

    [Theory, InlineData(true), InlineData(false), Trait("Spec", "SEC-22")]
    public async Task Takes_basic_encoded_and_raw(bool encode)
    {
        (await _ras.SendAsync(Ras.Basic(Ras.Client, Ras.Secret, encode), Form())).AssertIssued();
    }

    [Fact]
    public async Task Takes_the_secret_in_the_body_and_both_secrets_while_one_is_rotated()
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup
        {
            Configure = options => options.Clients[0].Secret = "the-next-secret-0123456789abcdefghijklmnopq",
        });
        foreach (var secret in new[] { Ras.Secret, "the-next-secret-0123456789abcdefghijklmnopq" })
            (await ras.SendAsync(null, [.. Form(), ("client_id", Ras.Client), ("client_secret", secret)])).AssertIssued();
        (await ras.SendAsync(null, [.. Form(), ("client_id", Ras.Client), ("client_secret", "x")])).AssertRefused(401, "invalid_client");
    }

    [Fact]
    public async Task Refuses_two_authentication_methods_and_a_contradiction()
    {
        var basic = Ras.Basic(Ras.Client, Ras.Secret);
        (await _ras.SendAsync(basic, [.. Form(), ("client_secret", Ras.Secret)])).AssertRefused(400, "invalid_request");
        (await _ras.SendAsync(basic, [.. Form(), ("client_id", Ras.OtherClient)])).AssertRefused(401, "invalid_client");
        (await _ras.SendAsync(basic, [.. Form(), ("client_id", Ras.Client)])).AssertIssued();
    }

    [Theory, InlineData(Ras.Client), InlineData("nobody"), Trait("Spec", "RAS-05")]
    public async Task Refuses_a_client_that_does_not_authenticate(string id)
    {
        (await _ras.SendAsync(null, [.. Form(), ("client_id", id)])).AssertRefused(400, "unauthorized_client");
    }

    [Fact, Trait("Spec", "RAS-20")]
    public async Task Refuses_a_client_that_does_not_even_name_itself()
    {
        (await _ras.SendAsync(null, Form())).AssertRefused(401, "invalid_client");
    }

    [Fact, Trait("Spec", "JAG-28"), Trait("Spec", "SEC-05")]
    public async Task Refuses_client_assertions_an_id_jag_among_them()
    {
        var answer = await _ras.SendAsync(null,
            [.. Form(), ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"), ("client_assertion", broker.IdJag().Encode())]);

        answer.AssertRefused(401, "invalid_client");
    }

    [Theory, InlineData(0), InlineData(1), InlineData(2), Trait("Spec", "RAS-06")]
    public async Task Refuses_a_client_that_is_not_registered_for_the_grant(int how)
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup
        {
            Configure = options =>
            {
                if (how is 0) options.Clients[0].GrantTypes = ["authorization_code"];
                if (how is 1) options.Clients[0].GrantProfiles = [];
                if (how is 2) options.Clients[0].GrantProfiles = ["urn:ietf:params:oauth:grant-profile:id-jag"];
            },
        });
        var answer = await ras.RedeemAsync(broker.IdJag());

        if (how is 2) answer.AssertIssued();
        else answer.AssertRefused(400, "unauthorized_client");
    }

    [Theory, InlineData("a.b.c"), InlineData(""), InlineData("x")]
    public async Task Refuses_a_dpop_proof_rather_than_ignoring_it(string proof)
    {
        var answer = await _ras.SendAsync(Ras.Basic(Ras.Client, Ras.Secret), Form(), request => request.Headers.TryAddWithoutValidation("DPoP", proof));

        answer.AssertRefused(400, "invalid_dpop_proof");
    }

    [Fact, Trait("Spec", "SEC-34")]
    public async Task Compares_client_ids_without_any_culture()
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup
        {
            Configure = options => options.Clients.Add(new IdJagClient { ClientId = "client_i", Secret = Ras.Secret }),
        });
        foreach (var id in new[] { "client_I", "client_ı", "client_İ", "client_i\u0307" })
            (await ras.SendAsync(Ras.Basic(id, Ras.Secret), Form())).AssertRefused(401, "invalid_client");
    }

    [Fact, Trait("Spec", "SEC-27")]
    public async Task Answers_a_failure_of_its_own_without_detail()
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Build = server => server.UseAccessTokenIssuer<BrokenIssuer>() });

        var answer = await ras.RedeemAsync(broker.IdJag());

        answer.AssertRefused(500, "server_error", "the request could not be completed");
        Assert.DoesNotContain("vault", answer.Body, StringComparison.Ordinal);
    }

    [Fact, Trait("Spec", "SEC-08")]
    public async Task Answers_nothing_that_a_client_sends_with_a_5xx()
    {
        var random = new byte[600];
        for (var seed = 0; seed < 150; seed++)
        {
            var idJag = broker.IdJag().Encode();
            System.Security.Cryptography.RandomNumberGenerator.Fill(random);
            var at = random[0] * idJag.Length / 256;
            string[] bodies =
            [
                $"grant_type={Uri.EscapeDataString(JwtBearer)}&assertion={idJag[..at]}{(char)('!' + (random[1] % 90))}{idJag[Math.Min(at + 1, idJag.Length)..]}",
                $"grant_type={Uri.EscapeDataString(JwtBearer)}&assertion={Uri.EscapeDataString(Convert.ToBase64String(random, 0, 30))}.{Convert.ToHexString(random, 0, 40)}.AAAA",
                Encoding.Latin1.GetString(random),
            ];
            foreach (var body in bodies)
            {
                using var content = new ByteArrayContent(Encoding.Latin1.GetBytes(body));
                content.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded");
                using var request = new HttpRequestMessage(HttpMethod.Post, "/token") { Content = content };
                request.Headers.TryAddWithoutValidation("Authorization", Ras.Basic(Ras.Client, Ras.Secret));
                var answer = await Answer.ReadAsync(await _ras.Http.SendAsync(request));
                Assert.True(answer.Status is 200 or (>= 400 and < 500), answer.Status.ToString(CultureInfo.InvariantCulture) + body);
            }
        }
    }

    private (string Name, string Value)[] Form() => [("grant_type", JwtBearer), ("assertion", broker.IdJag().Encode())];

    private sealed class BrokenIssuer : IAccessTokenIssuer
    {
        public ValueTask<IssuedAccessToken> IssueAsync(AccessTokenGrant grant, CancellationToken ct) => throw new InvalidOperationException("the vault is away");
    }
}
