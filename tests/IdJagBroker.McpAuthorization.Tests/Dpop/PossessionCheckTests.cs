using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.McpAuthorization.Tests.Support;

namespace IdJagBroker.McpAuthorization.Tests.Dpop;

/// <summary>One proof that is taken at the token endpoint, then each of its checks broken alone (RFC 9449 §4.3), over HTTP.</summary>
public sealed class PossessionCheckTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>, IAsyncLifetime
{
    private static readonly Dictionary<string, (string Detail, Action<Draft, Prover> Spoil)> Bad = new()
    {
        ["no typ"] = ("TypeWrong", (p, _) => p.Header.Remove("typ")),
        ["typ JWT"] = ("TypeWrong", (p, _) => p.Header["typ"] = "JWT"),
        ["typ of an access token"] = ("TypeWrong", (p, _) => p.Header["typ"] = "at+jwt"),
        ["alg none"] = ("AlgorithmNotAllowed", (p, _) => p.Header["alg"] = "none"),
        ["alg HS256"] = ("AlgorithmNotAllowed", (p, _) => p.Header["alg"] = "HS256"),
        ["alg of another kind of key"] = ("KeyUnfit", (p, _) => p.Header["alg"] = "RS256"),
        ["no key"] = ("KeyMissing", (p, _) => p.Header.Remove("jwk")),
        ["a key that is none"] = ("KeyUnusable", (p, _) => p.Header["jwk"] = "x"),
        ["a private key"] = ("KeyPrivate", (p, prover) => p.Header["jwk"]!["d"] = prover.D),
        ["a key elsewhere"] = ("Malformed", (p, _) => p.Header["jku"] = "https://evil.example/jwks"),
        ["another key's signature"] = ("SignatureInvalid", (p, _) => p.Sign = input => Keys.P256().SignData(input, HashAlgorithmName.SHA256)),
        ["claims changed"] = ("SignatureInvalid", (p, _) => p.Mangle = t => string.Join('.', t.Split('.')[0], Convert.ToBase64String(Encoding.UTF8.GetBytes("{}")).TrimEnd('='), t.Split('.')[2])),
        ["a member twice"] = ("Malformed", (p, _) => p.RawClaims = "{\"htm\":\"GET\"," + p.Claims.ToJsonString()[1..]),
        ["no jti"] = ("JwtIdMalformed", (p, _) => p.Claims.Remove("jti")),
        ["no htm"] = ("MethodMalformed", (p, _) => p.Claims.Remove("htm")),
        ["no htu"] = ("UriMalformed", (p, _) => p.Claims.Remove("htu")),
        ["no iat"] = ("TimeMalformed", (p, _) => p.Claims.Remove("iat")),
        ["iat as text"] = ("TimeMalformed", (p, _) => p.Claims["iat"] = "1795165200"),
        ["another method"] = ("MethodMismatch", (p, _) => p.Claims["htm"] = "GET"),
        ["the method in lower case"] = ("MethodMismatch", (p, _) => p.Claims["htm"] = "post"),
        ["another server"] = ("UriMismatch", (p, _) => p.Claims["htu"] = "https://evil.example/token"),
        ["another endpoint"] = ("UriMismatch", (p, _) => p.Claims["htu"] = Ras.Issuer + "/authorize"),
        ["the issuer"] = ("UriMismatch", (p, _) => p.Claims["htu"] = Ras.Issuer),
        ["the MCP server"] = ("UriMismatch", (p, _) => p.Claims["htu"] = Ras.Resource),
        ["plain http"] = ("UriMismatch", (p, _) => p.Claims["htu"] = "http://as.trackr.example/token"),
        ["made too long ago"] = ("TooOld", (p, _) => p.Claims["iat"] = ManualClock.T0.ToUnixTimeSeconds() - 301),
        ["made in the future"] = ("InFuture", (p, _) => p.Claims["iat"] = ManualClock.T0.ToUnixTimeSeconds() + 301),
        ["expired by itself"] = ("TooOld", (p, _) => p.Claims["exp"] = ManualClock.T0.ToUnixTimeSeconds() - 60),
        ["nonce that is a number"] = ("NonceMalformed", (p, _) => p.Claims["nonce"] = 1),
        ["9 KiB"] = ("Malformed", (p, _) => p.Claims["pad"] = new string('x', 9 * 1024)),
        ["nothing"] = ("Malformed", (p, _) => p.Mangle = _ => ""),
        ["no JWT"] = ("Malformed", (p, _) => p.Mangle = _ => "x"),
        ["a scheme"] = ("Malformed", (p, _) => p.Mangle = t => "DPoP " + t),
        ["two in one line"] = ("Malformed", (p, _) => p.Mangle = t => $"{t}, {t}"),
    };

    private readonly Prover _prover = new();
    private Ras _ras = null!;

    public async ValueTask InitializeAsync() => _ras = await Ras.StartAsync(broker);

    public async ValueTask DisposeAsync()
    {
        _prover.Dispose();
        await _ras.DisposeAsync();
    }

    public static TheoryData<string> BadCases => [.. Bad.Keys];

    [Theory, MemberData(nameof(BadCases)), Trait("Spec", "POP-10"), Trait("Spec", "POP-14"), Trait("Spec", "POP-02"), Trait("Spec", "POP-03"), Trait("Spec", "SEC-05")]
    public async Task Refuses_a_proof_with(string fault)
    {
        (await _ras.RedeemAsync(broker.IdJag(), _prover.Proof())).AssertIssued();
        var proof = _prover.Proof();
        Bad[fault].Spoil(proof, _prover);

        foreach (var idJag in new[] { broker.IdJag(), Bound() })
            (await _ras.RedeemAsync(idJag, proof)).AssertRefused(400, "invalid_dpop_proof", "the DPoP proof is not valid");
        Assert.Contains(_ras.Logs, line => line.EndsWith($"invalid_dpop_proof DPOP_PROOF_INVALID {Bad[fault].Detail} ", StringComparison.Ordinal));
    }

    [Fact, Trait("Spec", "POP-01")]
    public async Task Refuses_a_second_header_line()
    {
        async Task<string> Send(params string[] proofs) => await RawHttp.PostAsync(_ras.Http.BaseAddress!.Port, "/token", "application/x-www-form-urlencoded",
            $"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={broker.IdJag().Encode()}",
            ["Authorization: " + Ras.Basic(Ras.Client, Ras.Secret), .. proofs.Select(proof => "DPoP: " + proof)]);

        Assert.StartsWith("HTTP/1.1 200", await Send(_prover.Proof().Encode()), StringComparison.Ordinal);
        var refused = await Send(_prover.Proof().Encode(), _prover.Proof().Encode());
        Assert.StartsWith("HTTP/1.1 400", refused, StringComparison.Ordinal);
        Assert.Contains("invalid_dpop_proof", refused, StringComparison.Ordinal);
    }

    [Theory, InlineData(-301, false), InlineData(-300, true), InlineData(300, true), InlineData(301, false), Trait("Spec", "POP-14")]
    public async Task Takes_a_proof_of_five_minutes_either_way(int seconds, bool accepted)
    {
        var proof = _prover.Proof(ManualClock.T0.AddSeconds(seconds));

        var answer = await _ras.RedeemAsync(broker.IdJag(), proof);

        if (accepted) answer.AssertIssued();
        else answer.AssertRefused(400, "invalid_dpop_proof");
    }

    [Theory, InlineData("HTTPS://AS.Trackr.example:443/a/../%74oken"), InlineData("https://as.trackr.example/token?tenant=x#y"), Trait("Spec", "POP-03")]
    public async Task Compares_the_uri_after_normalisation_and_without_its_query(string htu)
    {
        var proof = _prover.Proof();
        proof.Claims["htu"] = htu;

        (await _ras.RedeemAsync(broker.IdJag(), proof)).AssertIssued();
    }

    [Fact, Trait("Spec", "POP-03")]
    public async Task Knows_its_own_name_whatever_a_request_says()
    {
        Task<Answer> Send(string proof) => _ras.SendAsync(
            Ras.Basic(Ras.Client, Ras.Secret), [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", broker.IdJag().Encode())], request =>
            {
                request.Headers.Host = "evil.example";
                request.Headers.Add("X-Forwarded-Host", "evil.example");
                request.Headers.Add("X-Forwarded-Proto", "https");
                request.Headers.Add("Forwarded", "host=evil.example;proto=https");
                request.Headers.TryAddWithoutValidation("DPoP", proof);
            });
        var foreign = _prover.Proof();
        foreign.Claims["htu"] = "https://evil.example/token";

        (await Send(_prover.Proof().Encode())).AssertIssued();
        (await Send(foreign.Encode())).AssertRefused(400, "invalid_dpop_proof");
    }

    [Fact, Trait("Spec", "POP-03")]
    public async Task Knows_the_endpoint_of_an_issuer_with_a_path()
    {
        const string issuer = "https://as.trackr.example/tenants/acme";
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Configure = options => options.Issuer = issuer });
        async Task<Answer> Send(string htu)
        {
            var (idJag, proof) = (broker.IdJag(), _prover.Proof());
            (idJag.Claims["aud"], proof.Claims["htu"]) = (issuer, htu);
            return await ras.SendAsync(Ras.Basic(Ras.Client, Ras.Secret), [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", idJag.Encode())], request =>
            {
                request.RequestUri = new Uri("/tenants/acme/token", UriKind.Relative);
                request.Headers.Add("DPoP", proof.Encode());
            });
        }

        (await Send(issuer + "/token")).AssertIssued();
        (await Send(Prover.TokenEndpoint)).AssertRefused(400, "invalid_dpop_proof");
    }

    [Fact, Trait("Spec", "SEC-08")]
    public async Task Answers_no_proof_with_a_5xx()
    {
        var random = new byte[200];
        for (var round = 0; round < 100; round++)
        {
            RandomNumberGenerator.Fill(random);
            var proof = _prover.Proof().Encode();
            var at = random[0] * proof.Length / 256;
            foreach (var text in new[]
            {
                proof[..at] + (char)('!' + (random[1] % 90)) + proof[Math.Min(at + 1, proof.Length)..], proof[..at],
                Convert.ToBase64String(random).Replace('/', '.'), string.Concat(random.Select(b => (char)(' ' + (b % 95)))),
            })
            {
                var answer = await _ras.RedeemAsync(broker.IdJag().Encode(), text);
                Assert.True(answer.Status is 200 or 400, answer.Status.ToString(CultureInfo.InvariantCulture) + text);
            }
        }
    }

    [Fact, Trait("Spec", "SEC-26")]
    public async Task Logs_no_proof()
    {
        var proof = _prover.Proof().Encode();
        (await _ras.RedeemAsync(broker.IdJag().Encode(), proof)).AssertIssued();
        (await _ras.RedeemAsync(broker.IdJag().Encode(), proof)).AssertRefused(400, "invalid_dpop_proof");

        Assert.DoesNotContain(proof.Split('.')[2], string.Join('\n', _ras.Logs), StringComparison.Ordinal);
    }

    private Draft Bound()
    {
        var idJag = broker.IdJag();
        idJag.Claims["cnf"] = new JsonObject { ["jkt"] = _prover.Thumbprint };
        return idJag;
    }
}
