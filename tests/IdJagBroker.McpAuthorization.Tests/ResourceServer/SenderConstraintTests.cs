using System.Security.Cryptography;
using System.Text.Json.Nodes;
using IdJagBroker.McpAuthorization.ResourceServer;
using IdJagBroker.McpAuthorization.Tests.Support;

namespace IdJagBroker.McpAuthorization.Tests.ResourceServer;

/// <summary>Key-bound access tokens at the MCP server (RFC 9449 §7): one call that goes through, then each of its checks broken alone.</summary>
public sealed class SenderConstraintTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>, IAsyncLifetime
{
    private const string Ending = "scope=\"tickets:admin tickets:comment tickets:read\", algs=\"ES256 ES384 RS256 PS256\", "
        + "resource_metadata=\"https://mcp.trackr.example/.well-known/oauth-protected-resource/v1/mcp\"";

    private static readonly Dictionary<string, (string Error, string Reason, Action<Draft, Prover> Spoil)> Bad = new()
    {
        ["ath of another token"] = ("invalid_dpop_proof", "made for another access token", (p, _) => p.Claims["ath"] = Prover.Hash("AT.EXAMPLE")),
        ["no ath"] = ("invalid_dpop_proof", "made for another access token", (p, _) => p.Claims.Remove("ath")),
        ["ath that is no hash"] = ("invalid_dpop_proof", "made for another access token", (p, _) => p.Claims["ath"] = "x"),
        ["ath that is a number"] = ("invalid_dpop_proof", "AccessTokenHashMalformed", (p, _) => p.Claims["ath"] = 1),
        ["another method"] = ("invalid_dpop_proof", "MethodMismatch", (p, _) => p.Claims["htm"] = "GET"),
        ["another path"] = ("invalid_dpop_proof", "UriMismatch", (p, _) => p.Claims["htu"] = Ras.Resource + "/"),
        ["the token endpoint"] = ("invalid_dpop_proof", "UriMismatch", (p, _) => p.Claims["htu"] = Prover.TokenEndpoint),
        ["made too long ago"] = ("invalid_dpop_proof", "TooOld", (p, _) => p.Claims["iat"] = ManualClock.T0.ToUnixTimeSeconds() - 301),
        ["made in the future"] = ("invalid_dpop_proof", "InFuture", (p, _) => p.Claims["iat"] = ManualClock.T0.ToUnixTimeSeconds() + 301),
        ["typ JWT"] = ("invalid_dpop_proof", "TypeWrong", (p, _) => p.Header["typ"] = "JWT"),
        ["alg none"] = ("invalid_dpop_proof", "AlgorithmNotAllowed", (p, _) => p.Header["alg"] = "none"),
        ["no key"] = ("invalid_dpop_proof", "KeyMissing", (p, _) => p.Header.Remove("jwk")),
        ["a private key"] = ("invalid_dpop_proof", "KeyPrivate", (p, prover) => p.Header["jwk"]!["d"] = prover.D),
        ["another key's signature"] = ("invalid_dpop_proof", "SignatureInvalid", (p, _) => p.Sign = input => Keys.P256().SignData(input, HashAlgorithmName.SHA256)),
        ["no jti"] = ("invalid_dpop_proof", "JwtIdMalformed", (p, _) => p.Claims.Remove("jti")),
        ["nothing"] = ("invalid_dpop_proof", "Malformed", (p, _) => p.Mangle = _ => ""),
        ["two in one line"] = ("invalid_dpop_proof", "Malformed", (p, _) => p.Mangle = t => $"{t}, {t}"),
    };

    private readonly Prover _prover = new();
    private readonly Prover _other = new();
    private Ras _ras = null!;

    public async ValueTask InitializeAsync() => _ras = await Ras.StartAsync(broker);

    public async ValueTask DisposeAsync()
    {
        _prover.Dispose();
        _other.Dispose();
        await _ras.DisposeAsync();
    }

    public static TheoryData<string> BadCases => [.. Bad.Keys];

    private string Bound(Ras? ras = null, string scope = "tickets:read", JsonNode? cnf = null)
    {
        var token = (ras ?? _ras).AccessToken(scope);
        token.Claims["cnf"] = cnf ?? new JsonObject { ["jkt"] = _prover.Thumbprint };
        return token.Encode();
    }

    private static void AssertRefused(Answer answer, string error, string description) =>
        Assert.Equal((401, $"DPoP error=\"{error}\", error_description=\"{description}\", {Ending}"), (answer.Status, answer.Header("WWW-Authenticate")));

    [Fact, Trait("Spec", "POP-20"), Trait("Spec", "POP-08"), Trait("Spec", "RS-12")]
    public async Task Lets_the_holder_of_the_key_in_and_keeps_token_and_proof_to_itself()
    {
        var idJag = broker.IdJag();
        idJag.Claims["cnf"] = new JsonObject { ["jkt"] = _prover.Thumbprint };
        var token = (await _ras.RedeemAsync(idJag, _prover.Proof())).AssertIssued().AccessToken;

        foreach (var scheme in new[] { "DPoP", "dpop" })
        {
            var answer = await _ras.CallToolAsync(token, _prover.CallProof(token).Encode(), scheme: scheme);
            Assert.Equal(200, answer.Status);
            Assert.Equal((Ras.Client, "DPoP", 0, 0), ((string?)answer.Json["client_id"], (string?)answer.Json["scheme"], (int)answer.Json["authorization"]!, (int)answer.Json["proofs"]!));
        }
        Assert.Equal("Bearer", (string?)(await _ras.CallToolAsync(_ras.AccessToken(), "tickets.list")).Json["scheme"]);
    }

    [Theory, MemberData(nameof(BadCases)), Trait("Spec", "POP-20"), Trait("Spec", "POP-02")]
    public async Task Refuses_a_proof_with(string fault)
    {
        var token = Bound();
        Assert.Equal(200, (await _ras.CallToolAsync(token, _prover.CallProof(token).Encode())).Status);
        var proof = _prover.CallProof(token);
        Bad[fault].Spoil(proof, _prover);

        AssertRefused(await _ras.CallToolAsync(token, proof.Encode()), Bad[fault].Error, "the DPoP proof is not valid");
        Assert.Equal(1, _ras.Handled);
        Assert.Contains(_ras.Logs, line => line.EndsWith($": {Bad[fault].Reason} ", StringComparison.Ordinal));
    }

    [Fact, Trait("Spec", "POP-20")]
    public async Task Refuses_a_proof_by_another_key()
    {
        var token = Bound();

        AssertRefused(await _ras.CallToolAsync(token, _other.CallProof(token).Encode()), "invalid_token", "the access token is bound to another key");
        Assert.Equal(0, _ras.Handled);
    }

    [Theory, InlineData("Bearer", false), InlineData("Bearer", true), InlineData("DPoP", false), Trait("Spec", "RS-17")]
    public async Task Refuses_a_bound_token_without_proof_or_as_a_bearer_token(string scheme, bool withProof)
    {
        var token = Bound();
        var answer = await _ras.CallToolAsync(token, withProof ? _prover.CallProof(token).Encode() : null, scheme: scheme);

        AssertRefused(answer, "invalid_token", scheme is "DPoP" ? "the access token is bound to a key, and no proof of it came" : "the access token is bound to a key");
        Assert.Equal(0, _ras.Handled);
    }

    [Fact, Trait("Spec", "RS-17"), Trait("Spec", "POP-20")]
    public async Task Refuses_a_token_that_is_bound_to_nothing_by_the_scheme_for_bound_ones()
    {
        var token = _ras.AccessToken().Encode();

        AssertRefused(await _ras.CallToolAsync(token, _prover.CallProof(token).Encode()), "invalid_token", "the access token is not bound to a key");
        Assert.Equal(200, (await _ras.CallToolAsync(token, _prover.CallProof(token).Encode(), scheme: "Bearer")).Status);
    }

    [Theory, InlineData("{\"x5t#S256\":\"bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2\"}"), InlineData("{}"), InlineData("null"), InlineData("\"x\""), Trait("Spec", "RS-17"), Trait("Spec", "RS-18")]
    public async Task Takes_no_proof_for_a_binding_that_it_does_not_understand(string cnf)
    {
        var draft = _ras.AccessToken();
        draft.Claims["cnf"] = JsonNode.Parse(cnf);
        var token = draft.Encode();

        AssertRefused(await _ras.CallToolAsync(token, _prover.CallProof(token).Encode()), "invalid_token", "the access token is bound to another key");
        Assert.Equal(0, _ras.Handled);
    }

    [Theory, InlineData("DPoP"), InlineData("dpop"), Trait("Spec", "RS-10"), Trait("Spec", "RS-11")]
    public async Task Refuses_a_bad_token_whatever_the_proof(string scheme)
    {
        var expired = _ras.AccessToken();
        (expired.Claims["exp"], expired.Claims["cnf"]) = (ManualClock.T0.ToUnixTimeSeconds() - 60, new JsonObject { ["jkt"] = _prover.Thumbprint });
        var idJag = broker.IdJag();
        idJag.Claims["cnf"] = new JsonObject { ["jkt"] = _prover.Thumbprint };
        foreach (var token in new[] { expired.Encode(), idJag.Encode(), "a.b.c" })
            AssertRefused(await _ras.CallToolAsync(token, _prover.CallProof(token).Encode(), scheme: scheme), "invalid_token", "the access token is not valid here");
        Assert.Equal(0, _ras.Handled);
    }

    [Theory, InlineData(-301, false), InlineData(-300, true), InlineData(300, true), InlineData(301, false), Trait("Spec", "POP-20"), Trait("Spec", "POP-14")]
    public async Task Takes_a_proof_of_five_minutes_either_way(int seconds, bool accepted)
    {
        var token = Bound();

        Assert.Equal(accepted ? 200 : 401, (await _ras.CallToolAsync(token, _prover.CallProof(token, ManualClock.T0.AddSeconds(seconds)).Encode())).Status);
    }

    [Theory, InlineData("GET"), InlineData("DELETE"), Trait("Spec", "POP-20")]
    public async Task Takes_a_proof_for_the_method_that_is_used(string method)
    {
        var token = Bound();
        async Task<int> Send(string htm)
        {
            var proof = _prover.CallProof(token);
            proof.Claims["htm"] = htm;
            using var request = new HttpRequestMessage(new HttpMethod(method), "/v1/mcp");
            request.Headers.TryAddWithoutValidation("Authorization", "DPoP " + token);
            request.Headers.Add("DPoP", proof.Encode());
            return (int)(await _ras.Http.SendAsync(request)).StatusCode;
        }

        Assert.Equal((200, 401), (await Send(method), await Send("POST")));
    }

    [Fact, Trait("Spec", "POP-20"), Trait("Spec", "POP-03")]
    public async Task Knows_its_own_url_from_the_configuration_and_not_from_the_request()
    {
        const string endpoint = "https://gateway.trackr.example/tickets/mcp";
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Mcp = options => options.EndpointUrl = endpoint });
        var token = Bound(ras);
        Task<Answer> Send(string htu)
        {
            var proof = _prover.CallProof(token);
            proof.Claims["htu"] = htu;
            return ras.CallAsync("DPoP " + token, Ras.Call("tickets.list"), request =>
            {
                request.Headers.Host = "evil.example";
                request.Headers.Add("X-Forwarded-Host", "evil.example");
                request.Headers.Add("DPoP", proof.Encode());
            });
        }

        Assert.Equal((200, 200, 401, 401), ((await Send(endpoint)).Status, (await Send(endpoint + "?session=1#x")).Status, (await Send(Ras.Resource)).Status, (await Send("https://evil.example/v1/mcp")).Status));
    }

    [Fact, Trait("Spec", "POP-01"), Trait("Spec", "RS-09")]
    public async Task Refuses_two_proofs_and_two_credentials_in_lines_of_their_own()
    {
        var token = Bound();
        Task<string> Send(params string[] headers) => RawHttp.PostAsync(_ras.Http.BaseAddress!.Port, "/v1/mcp", "application/json", Ras.Call("tickets.list"), headers);
        string Proof() => "DPoP: " + _prover.CallProof(token).Encode();

        Assert.StartsWith("HTTP/1.1 200", await Send("Authorization: DPoP " + token, Proof()), StringComparison.Ordinal);
        var two = await Send("Authorization: DPoP " + token, Proof(), Proof());
        Assert.StartsWith("HTTP/1.1 401", two, StringComparison.Ordinal);
        Assert.Contains("invalid_dpop_proof", two, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400", await Send("Authorization: DPoP " + token, "Authorization: Bearer " + _ras.AccessToken().Encode(), Proof()), StringComparison.Ordinal);
        Assert.Equal(1, _ras.Handled);
    }

    [Fact, Trait("Spec", "RS-13"), Trait("Spec", "POP-20")]
    public async Task Asks_for_more_scope_by_the_scheme_that_the_token_goes_with()
    {
        var token = Bound();
        var answer = await _ras.CallToolAsync(token, _prover.CallProof(token).Encode(), "tickets.purge");

        Assert.Equal(403, answer.Status);
        Assert.StartsWith("DPoP error=\"insufficient_scope\", ", answer.Header("WWW-Authenticate"), StringComparison.Ordinal);
        Assert.Contains("scope=\"tickets:admin\"", answer.Header("WWW-Authenticate"), StringComparison.Ordinal);
    }

    [Fact, Trait("Spec", "RS-06"), Trait("Spec", "RS-17"), Trait("Spec", "RS-08")]
    public async Task Takes_no_bearer_token_where_bound_ones_are_required_and_says_so()
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Mcp = options => options.RequireKeyBoundTokens = true });
        var token = Bound(ras);

        Assert.Equal(200, (await ras.CallToolAsync(token, _prover.CallProof(token).Encode())).Status);
        AssertRefused(await ras.CallToolAsync(ras.AccessToken(), "tickets.list"), "invalid_token", "access tokens that are bound to a key only");
        AssertRefused(await ras.CallAsync("Bearer x", Ras.Call("tickets.list")), "invalid_token", "the access token is not valid here");
        Assert.Equal("DPoP " + Ending, (await ras.CallAsync(null, Ras.Call("tickets.list"))).Header("WWW-Authenticate"));
        Assert.StartsWith("DPoP error=\"invalid_request\"", (await ras.CallAsync("Bearer", Ras.Call("tickets.list"))).Header("WWW-Authenticate"), StringComparison.Ordinal);
        var metadata = JsonNode.Parse(await ras.Http.GetStringAsync("/.well-known/oauth-protected-resource/v1/mcp"))!;
        Assert.True((bool)metadata["dpop_bound_access_tokens_required"]!);
        Assert.Equal("""["ES256","ES384","RS256","PS256"]""", metadata["dpop_signing_alg_values_supported"]!.ToJsonString());
        Assert.Equal(1, ras.Handled);
    }

    [Fact, Trait("Spec", "POP-15"), Trait("Spec", "POP-20"), Trait("Spec", "RS-19")]
    public async Task Asks_for_its_nonce_where_one_is_required()
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Mcp = options => options.Dpop.RequireNonce = true });
        var token = Bound(ras);
        Task<Answer> Send(string? nonce, Prover? prover = null)
        {
            var proof = (prover ?? _prover).CallProof(token);
            if (nonce is not null) proof.Claims["nonce"] = nonce;
            return ras.CallToolAsync(token, proof.Encode());
        }

        var challenge = await Send(null);
        AssertRefused(challenge, "use_dpop_nonce", "the DPoP proof must carry the nonce of this answer");
        Assert.Equal(["DPoP-Nonce", "WWW-Authenticate"], challenge.Header("Access-Control-Expose-Headers")!.Split([", ", ",", "\n"], StringSplitOptions.None).Order());
        var nonce = challenge.Header("DPoP-Nonce");
        var good = await Send(nonce);
        Assert.Equal((200, nonce), (good.Status, good.Header("DPoP-Nonce")));
        AssertRefused(await Send("x"), "use_dpop_nonce", "the DPoP proof must carry the nonce of this answer");
        AssertRefused(await Send(nonce, _other), "invalid_token", "the access token is bound to another key");
        Assert.Null((await ras.CallToolAsync(ras.AccessToken(), "tickets.list")).Header("DPoP-Nonce"));
    }
}
