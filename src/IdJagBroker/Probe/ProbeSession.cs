using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Egress;
using IdJagBroker.Protocol;

namespace IdJagBroker.Probe;

/// <summary>One run against one server: makes good ID-JAGs, sends them, and keeps what later checks look at.</summary>
/// <param name="setup">What the operator says.</param>
/// <param name="egress">The way out: no redirects, no cookies, no proxy, addresses checked where the connection is made.</param>
/// <param name="clock">Tells the time.</param>
internal sealed class ProbeSession(ProbeSetup setup, EgressClient egress, TimeProvider clock) : IDisposable
{
    /// <summary>The largest answer read, in bytes.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>How long the ID-JAGs live, in seconds: no known receiver refuses that.</summary>
    public const int LifetimeSeconds = 300;

    private const int MostWaits = 3;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private readonly DpopProver _prover = new();
    private readonly ClientProof _impostor = setup.Client.Impostor();
    private string? _nonce;

    public ProbeSetup Setup => setup;

    /// <summary>A key that nobody trusts, under the <c>kid</c> of the one that is trusted.</summary>
    public PrivateKey Impostor { get; } = setup.Served?.Impostor ?? setup.Key.Impostor();

    /// <summary>What the server publishes.</summary>
    public ServerDocuments Documents { get; set; } = ServerDocuments.None;

    /// <summary>Where the calls go; null: there is nowhere to send an ID-JAG to.</summary>
    public Uri? TokenEndpoint { get; set; }

    /// <summary>The answer to the first good ID-JAG.</summary>
    public TokenAnswer? Good { get; set; }

    /// <summary>The same, read, if it is a JWT.</summary>
    public AccessTokenView? GoodToken => Good?.AccessToken is { } token ? AccessTokenView.Read(token) : null;

    public string KeyThumbprint => _prover.Thumbprint;

    public DateTimeOffset Now => clock.GetUtcNow();

    private EgressLimits Limits => new(MaxBytes, setup.Patience, setup.PrivateNetwork);

    /// <summary>A good ID-JAG (ID-JAG §3.1), like no other before, to be spoiled.</summary>
    public JwtDraft IdJag()
    {
        var at = Now.ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["iss"] = setup.Issuer, ["sub"] = setup.Subject, ["aud"] = setup.Server.Value, ["client_id"] = setup.Client.ClientId, ["jti"] = "probe-" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16)),
            ["iat"] = at, ["exp"] = at + LifetimeSeconds, ["resource"] = setup.Resource,
        };
        if (!setup.Scope.IsEmpty) claims["scope"] = setup.Scope.ToString();
        if (setup.Email is not null) (claims["email"], claims["email_verified"]) = (setup.Email, true);
        foreach (var (name, value) in setup.Claims) claims[name] = value;
        if (setup.Dpop) claims["cnf"] = new JsonObject { ["jkt"] = KeyThumbprint };
        return new JwtDraft(new JsonObject { ["alg"] = setup.Key.Algorithm, ["typ"] = JwtType.IdJag, ["kid"] = setup.Key.KeyId }, claims, setup.Key.Sign);
    }

    /// <summary>Redeems an ID-JAG as a good client does, but for what <paramref name="change"/> changes.</summary>
    public Task<TokenAnswer> RedeemAsync(JwtDraft idJag, Action<TokenCall>? change, CancellationToken ct) => RedeemAsync(idJag.Encode(), change, ct);

    /// <inheritdoc cref="RedeemAsync(JwtDraft, Action{TokenCall}?, CancellationToken)"/>
    public Task<TokenAnswer> RedeemAsync(string assertion, Action<TokenCall>? change, CancellationToken ct)
    {
        var call = new TokenCall { Form = { ("grant_type", GrantType.JwtBearer), ("assertion", assertion) }, Proves = setup.Dpop };
        change?.Invoke(call);
        return SendAsync(call, ct);
    }

    /// <summary>Sends one call; that the server asks for a nonce (RFC 9449 §8) or for patience (429) is answered as a client would.</summary>
    public async Task<TokenAnswer> SendAsync(TokenCall call, CancellationToken ct)
    {
        var answer = await SendOnceAsync(call, ct);
        if (answer is { Error: "use_dpop_nonce", DpopNonce: not null } && call.Proves) answer = await SendOnceAsync(call, ct);
        for (var waits = 0; answer.Status is 429 && waits < MostWaits; waits++)
        {
            var wait = answer.RetryAfter ?? TimeSpan.FromSeconds(1);
            if (wait > LongestWait) break;
            await Task.Delay(wait, clock, ct);
            answer = await SendOnceAsync(call, ct);
        }
        return answer;
    }

    /// <summary>GETs a document of the server.</summary>
    /// <exception cref="HttpRequestException">Nothing came.</exception>
    public Task<EgressResponse> GetAsync(Uri url, CancellationToken ct) => egress.GetAsync(url, Limits, ct);

    /// <summary>What a server says, fit to be shown: short, on one line, without what looks like a token.</summary>
    public string Printable(string text) => Wording.Printable(setup.Client.Redact(text));

    public void Dispose()
    {
        _prover.Dispose();
        if (setup.Served is null) Impostor.Dispose();
    }

    private async Task<TokenAnswer> SendOnceAsync(TokenCall call, CancellationToken ct)
    {
        var form = call.Form.ToList();
        using var request = new HttpRequestMessage(call.Method, TokenEndpoint);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (Authorization(call.As, form) is { } authorization) request.Headers.TryAddWithoutValidation("Authorization", authorization);
        if (call.Proves)
        {
            var proof = (call.ProvenBy ?? _prover).Proof(TokenEndpoint!, _nonce, Now);
            call.SpoilProof(proof);
            request.Headers.TryAddWithoutValidation("DPoP", proof.Encode());
        }
        if (call.Method == HttpMethod.Post)
            request.Content = call.AsJson
                ? new StringContent(new JsonObject(form.Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Name, pair.Value))).ToJsonString(), Encoding.UTF8, "application/json")
                : new FormUrlEncodedContent(form.Select(pair => KeyValuePair.Create(pair.Name, pair.Value)));
        try
        {
            var answer = TokenAnswer.Of(await egress.SendAsync(request, Limits, ct));
            _nonce = answer.DpopNonce ?? _nonce;
            return answer;
        }
        catch (HttpRequestException e)
        {
            return TokenAnswer.Nothing(Wording.Fault(e));
        }
    }

    private string? Authorization(Caller caller, List<(string Name, string Value)> form)
    {
        switch (caller)
        {
            case Caller.Nobody:
                return null;
            case Caller.IdOnly:
                form.Add(("client_id", setup.Client.ClientId));
                return null;
            default:
                return (caller is Caller.Impostor ? _impostor : setup.Client).Prove(form, setup.Server, TokenEndpoint!, Now);
        }
    }
}
