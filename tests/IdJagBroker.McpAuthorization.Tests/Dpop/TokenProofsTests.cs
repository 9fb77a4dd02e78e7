using System.Security.Cryptography;
using System.Text.Json.Nodes;
using IdJagBroker.McpAuthorization.Tests.Support;

namespace IdJagBroker.McpAuthorization.Tests.Dpop;

/// <summary>Proofs of possession at the token endpoint (requirements §8): what is bound by them and what demands them.</summary>
public sealed class TokenProofsTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>, IAsyncLifetime
{
    private static readonly string[] Grants = ["jwt-bearer", "jwt-dpop"];
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

    private Draft Bound(JsonNode? cnf = null)
    {
        var idJag = broker.IdJag();
        idJag.Claims["cnf"] = cnf ?? new JsonObject { ["jkt"] = _prover.Thumbprint };
        return idJag;
    }

    [Theory, InlineData("jwt-bearer"), InlineData("jwt-dpop")]
    [Trait("Spec", "POP-07"), Trait("Spec", "POP-08"), Trait("Spec", "AT-10"), Trait("Spec", "RAS-41"), Trait("Spec", "RAS-02")]
    public async Task Binds_the_access_token_to_the_key_of_the_id_jag(string grant)
    {
        var answer = (await _ras.RedeemAsync(Bound(), _prover.Proof(), grant)).AssertIssued();

        Assert.Equal("DPoP", (string?)answer.Json["token_type"]);
        Assert.Equal(["access_token", "token_type", "expires_in", "scope", "resource"], answer.Json.Select(member => member.Key));
        var claims = Draft.Payload(answer.AccessToken);
        Assert.Equal($$"""{"jkt":"{{_prover.Thumbprint}}"}""", claims["cnf"]!.ToJsonString());
        Assert.Equal(["aud", "client_id", "cnf", "exp", "iat", "iss", "jti", "scope", "sub"], claims.Select(claim => claim.Key).Order());
        Assert.Null(answer.Header("DPoP-Nonce"));
    }

    [Fact, Trait("Spec", "POP-10"), Trait("Spec", "AT-10")]
    public async Task Binds_the_access_token_of_an_unbound_id_jag_too_if_a_proof_comes()
    {
        var answer = (await _ras.RedeemAsync(broker.IdJag(), _prover.Proof())).AssertIssued();
        var plain = (await _ras.RedeemAsync(broker.IdJag())).AssertIssued();

        Assert.Equal(("DPoP", _prover.Thumbprint), ((string?)answer.Json["token_type"], (string?)Draft.Payload(answer.AccessToken)["cnf"]!["jkt"]));
        Assert.Equal(("Bearer", false), ((string?)plain.Json["token_type"], Draft.Payload(plain.AccessToken).ContainsKey("cnf")));
    }

    // The catalogue's §13: cnf × proof × grant. What the shapes of cnf come to, then what each proof makes of them.
    private Dictionary<string, (string Means, Func<JsonNode?> Cnf)> Shapes => new()
    {
        ["none"] = ("nothing", () => null),
        ["jkt"] = ("the key", () => new JsonObject { ["jkt"] = _prover.Thumbprint }),
        ["jwk"] = ("the key", () => new JsonObject { ["jwk"] = _prover.Jwk }),
        ["jkt = jwk"] = ("the key", () => new JsonObject { ["jkt"] = _prover.Thumbprint, ["jwk"] = _prover.Jwk }),
        ["jkt and what nobody knows"] = ("the key", () => new JsonObject { ["jkt"] = _prover.Thumbprint, ["kid"] = "k" }),
        ["jkt ≠ jwk"] = ("unknown", () => new JsonObject { ["jkt"] = _prover.Thumbprint, ["jwk"] = _other.Jwk }),
        ["jkt with a broken jwk"] = ("unknown", () => new JsonObject { ["jkt"] = _prover.Thumbprint, ["jwk"] = "x" }),
        ["jwk with a broken jkt"] = ("unknown", () => new JsonObject { ["jkt"] = 1, ["jwk"] = _prover.Jwk }),
        ["jwk that is given away"] = ("unknown", () => new JsonObject { ["jwk"] = Private() }),
        ["jkt and a certificate"] = ("unknown", () => new JsonObject { ["jkt"] = _prover.Thumbprint, ["x5t#S256"] = _prover.Thumbprint }),
        ["a certificate"] = ("unknown", () => new JsonObject { ["x5t#S256"] = _prover.Thumbprint }),
        ["kid"] = ("unknown", () => new JsonObject { ["kid"] = "k" }),
        ["empty"] = ("unknown", () => new JsonObject()),
        ["text"] = ("unknown", () => _prover.Thumbprint),
    };

    private JsonObject Private()
    {
        var jwk = _prover.Jwk;
        jwk["d"] = _prover.D;
        return jwk;
    }

    private static string Expected(string means, string proof, string grant) => (means, proof, grant) switch
    {
        (_, "stale" or "wrong htu", _) => "invalid_dpop_proof",
        ("unknown", _, _) => "invalid_grant",
        ("nothing", _, "jwt-dpop") => "invalid_grant",
        ("nothing", "none", _) => "Bearer",
        ("the key", "none" or "other key", _) => "invalid_grant",
        (_, "replayed", _) => "invalid_dpop_proof",
        ("nothing", "other key", _) => "DPoP by the other",
        _ => "DPoP",
    };

    public static TheoryData<string> ShapeNames =>
    [
        "none", "jkt", "jwk", "jkt = jwk", "jkt and what nobody knows", "jkt ≠ jwk", "jkt with a broken jwk", "jwk with a broken jkt", "jwk that is given away",
        "jkt and a certificate", "a certificate", "kid", "empty", "text",
    ];

    [Theory, MemberData(nameof(ShapeNames))]
    [Trait("Spec", "POP-07"), Trait("Spec", "POP-08"), Trait("Spec", "POP-09"), Trait("Spec", "POP-10"), Trait("Spec", "POP-13"), Trait("Spec", "RAS-25")]
    public async Task Decides_by_binding_proof_and_grant_where_the_cnf_is(string shape)
    {
        var (means, cnf) = Shapes[shape];
        foreach (var grant in Grants)
        foreach (var kind in new[] { "none", "right", "other key", "stale", "replayed", "wrong htu" })
        {
            var idJag = broker.IdJag();
            if (cnf() is { } value) idJag.Claims["cnf"] = value;
            var proof = (kind is "other key" ? _other : _prover).Proof();
            if (kind is "stale") proof.Claims["iat"] = ManualClock.T0.ToUnixTimeSeconds() - 301;
            if (kind is "wrong htu") proof.Claims["htu"] = Ras.Resource;
            var text = kind is "none" ? null : proof.Encode();
            if (kind is "replayed") (await _ras.RedeemAsync(broker.IdJag().Encode(), text)).AssertIssued();

            var answer = await _ras.RedeemAsync(idJag.Encode(), text, grant);

            var seen = answer.Status is 200 ? (string)answer.Json["token_type"]! : answer.Error!;
            if (seen is "DPoP" && (string?)Draft.Payload(answer.AccessToken)["cnf"]!["jkt"] == _other.Thumbprint) seen = "DPoP by the other";
            Assert.Equal($"{shape}, {kind}, {grant}: {Expected(means, kind, grant)}", $"{shape}, {kind}, {grant}: {seen}");
            if (seen is "DPoP") Assert.Equal(_prover.Thumbprint, (string?)Draft.Payload(answer.AccessToken)["cnf"]!["jkt"]);
            if (answer.Status is not 200) Assert.Equal(400, answer.Status);
        }
    }

    [Fact, Trait("Spec", "POP-07"), Trait("Spec", "POP-09"), Trait("Spec", "POP-13"), Trait("Spec", "RAS-47")]
    public async Task Says_what_is_wrong_with_the_binding_and_names_no_key()
    {
        (await _ras.RedeemAsync(Bound(), _other.Proof())).AssertRefused(400, "invalid_grant", "the assertion is bound to another key");
        (await _ras.RedeemAsync(Bound())).AssertRefused(400, "invalid_grant", "the assertion is bound to a key, and no proof of it came");
        (await _ras.RedeemAsync(Bound(new JsonObject()), _prover.Proof())).AssertRefused(400, "invalid_grant", "the assertion is bound in a way that is not understood here");
        (await _ras.RedeemAsync(broker.IdJag(), _prover.Proof(), "jwt-dpop")).AssertRefused(400, "invalid_grant", "the assertion is not bound to a key");
    }

    [Theory, InlineData(true), InlineData(false), Trait("Spec", "POP-11")]
    public async Task Issues_no_bearer_token_for_a_resource_that_takes_none(bool saidByTheGuard)
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup
        {
            Trust = trust => trust.Reuse = IdJagReuse.SingleUse,
            Configure = options => options.Resources[0].RequireKeyBoundTokens = !saidByTheGuard,
            Mcp = options => options.RequireKeyBoundTokens = saidByTheGuard,
        });
        var idJag = broker.IdJag();

        (await ras.RedeemAsync(idJag)).AssertRefused(400, "invalid_grant", "the resource takes key-bound access tokens only, and no proof came");
        var token = (await ras.RedeemAsync(idJag, _prover.Proof())).AssertIssued().AccessToken;      // the refused use was none (RAS-22)
        Assert.Equal(200, (await ras.CallToolAsync(token, _prover.CallProof(token).Encode())).Status);
    }

    [Theory, InlineData("dpop_bound_access_tokens"), InlineData("jwt-dpop only"), Trait("Spec", "POP-12")]
    public async Task Refuses_a_client_that_must_prove_and_does_not(string registration)
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup
        {
            Configure = options =>
            {
                if (registration is "jwt-dpop only") options.Clients[0].GrantTypes = ["urn:ietf:params:oauth:grant-type:jwt-dpop"];
                else options.Clients[0].DpopBoundAccessTokens = true;
            },
        });
        foreach (var idJag in new[] { broker.IdJag(), Bound() })
        {
            (await ras.RedeemAsync(idJag)).AssertRefused(400, "invalid_request", "a DPoP proof is required");
            (await ras.RedeemAsync(idJag, _prover.Proof())).AssertIssued();
        }
        (await ras.RedeemAsync(Bound(), _prover.Proof(), "jwt-dpop")).AssertIssued();
    }

    [Fact, Trait("Spec", "RAS-02"), Trait("Spec", "META-07")]
    public async Task Takes_no_jwt_dpop_grant_where_it_is_turned_off_and_does_not_announce_it()
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Configure = options => options.AcceptsJwtDpopGrant = false });

        (await ras.RedeemAsync(Bound(), _prover.Proof(), "jwt-dpop")).AssertRefused(400, "unsupported_grant_type");
        (await ras.RedeemAsync(Bound(), _prover.Proof())).AssertIssued();
        var metadata = JsonNode.Parse(await ras.Http.GetStringAsync("/.well-known/oauth-authorization-server"))!;
        Assert.Equal("""["urn:ietf:params:oauth:grant-type:jwt-bearer"]""", metadata["grant_types_supported"]!.ToJsonString());
        Assert.Equal("""["ES256","ES384","RS256","PS256"]""", metadata["dpop_signing_alg_values_supported"]!.ToJsonString());
    }

    // A vendor's own issuer that has never heard of keys: what it makes would be good for whoever finds it.
    [Fact, Trait("Spec", "AT-10"), Trait("Spec", "POP-08"), Trait("Spec", "RAS-22")]
    public async Task Gives_out_no_token_of_an_issuer_that_ignores_the_key()
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup
        {
            Trust = trust => trust.Reuse = IdJagReuse.SingleUse, Build = server => server.UseAccessTokenIssuer<OldIssuer>(),
        });
        var idJag = broker.IdJag();

        var answer = await ras.RedeemAsync(idJag, _prover.Proof());
        answer.AssertRefused(500, "server_error", "the request could not be completed");
        Assert.False(answer.Json.ContainsKey("access_token"));
        (await ras.RedeemAsync(idJag)).AssertIssued();
    }

    [Fact]
    public async Task Tells_the_issuer_why_a_bound_id_jag_was_refused_and_no_key()
    {
        await _ras.RedeemAsync(Bound(), _other.Proof());

        Assert.Contains(_ras.Logs, line => line.Contains("invalid_grant WRONG_KEY", StringComparison.Ordinal));
        Assert.DoesNotContain(_ras.Logs, line => line.Contains(_other.Thumbprint, StringComparison.Ordinal));
    }

    private sealed class OldIssuer : IAccessTokenIssuer
    {
        public ValueTask<IssuedAccessToken> IssueAsync(AccessTokenGrant grant, CancellationToken ct) => ValueTask.FromResult(new IssuedAccessToken(
            IdJagBroker.Protocol.Jws.EncodedJwt.Of("opaque"), Convert.ToHexString(RandomNumberGenerator.GetBytes(8)), TimeSpan.FromMinutes(1)));
    }
}
