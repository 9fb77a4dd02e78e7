using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using static IdJagBroker.Probe.Severity;

namespace IdJagBroker.Probe.Checks;

/// <summary>The access token, if it is a JWT (RFC 9068). Nobody but the MCP server has to read it, but it is where an audience gets lost.</summary>
internal static class AccessTokenChecks
{
    private const int MaxTokenChars = 64 * 1024;

    public static IReadOnlyList<ProbeCheck> All { get; } =
    [
        Make("token.type", Should, ["AT-01", "RFC 9068 §2.1"], "its typ", "Give the header typ at+jwt: an ID Token or ID-JAG can then never pass for an access token.",
            (_, token) => Verdict.Of(JwtType.Is(token.HeaderText("typ"), JwtType.AccessToken), $"typ is \"{Wording.Printable(token.HeaderText("typ") ?? "(nothing)")}\".")),
        Make("token.signature", Must, ["AT-01", "META-10", "RFC 9068 §4"], "its signature", "Sign with an asymmetric key that is published at jwks_uri under its kid.", Signature),
        Make("token.issuer", Must, ["AT-03", "RFC 9068 §2.2"], "its iss", "Set iss to this server's own issuer identifier; the ID-JAG's issuer does not vouch for your tokens.",
            (session, token) => Verdict.Of(token.Claim("iss") == session.Setup.Server.Value, "iss is not this server.")),
        Make("token.audience", Must, ["AT-04", "RAS-45", "EMA §5.1"], "its aud", "Set aud to the resource identifier of the one MCP server that the ID-JAG names: it accepts nothing else, and no other server accepts it.",
            (session, token) => Verdict.Of(token.Audiences is [var one] && ResourceIndicator.TryParse(one, out var aud) && ResourceIndicator.TryParse(session.Setup.Resource, out var resource) && aud.Equals(resource), "aud is not the resource alone.")),
        Make("token.client", Must, ["AT-06", "RFC 9068 §2.2"], "its client_id", "Set client_id to the client that authenticated.",
            (session, token) => Verdict.Of(token.Claim("client_id") == session.Setup.Client.ClientId, "client_id is missing or another one.")),
        Make("token.claims", Should, ["AT-02", "RFC 9068 §2.2"], "its exp, iat, sub, jti", "Set exp, sub, iat and jti as well: they are required, and an audit hangs on them.",
            (_, token) => Verdict.Of(token.Number("exp") is not null && token.Number("iat") is not null && token.Claim("sub") is not null && token.Claim("jti") is not null, "One of exp, iat, sub, jti is missing.")),
        Make("token.lifetime", Should, ["AT-11", "RFC 6749 §5.1"], "its exp − iat", "Let exp − iat be what expires_in says.",
            (session, token) => Verdict.Of(session.Good!.Number("expires_in") is not { } said || token.Number("exp") is not { } exp || token.Number("iat") is not { } iat || Math.Abs(exp - iat - said) <= 5, "exp − iat differs from expires_in.")),
        Make("token.scope", Must, ["AT-07", "RAS-37", "RFC 9068 §2.2.3"], "its scope", "Put no more into the token than the ID-JAG grants.",
            (session, token) => Verdict.Of(!token.Has("scope") || (ScopeSet.TryParse(token.Claim("scope"), out var scope) && token.Claim("scope") is not null && scope.IsSubsetOf(session.Setup.Scope)), "scope is more than the ID-JAG's, or no string.")),
        Make("token.binding", Must, ["AT-10", "POP-08", "RFC 9449 §6.1"], "its cnf", "Bind the access token to the key of the proof: cnf.jkt is its thumbprint.",
            (session, token) => session.Setup.Dpop ? Verdict.Of(token.IsBoundTo(session.KeyThumbprint), "cnf.jkt is not the key of the proof.") : Verdict.Skipped("Asked with --dpop.")),
        new("token.no-echo", Must, ["JAG-28", "RFC 8725 §3.12"], "whether it is an ID-JAG", "Issue a token of your own: an ID-JAG is no access token.", AnswerChecks.Look((session, answer) =>
            Verdict.Of(AccessTokenView.Read(answer.AccessToken!) is not { } token || !JwtType.Is(token.HeaderText("typ"), JwtType.IdJag), "It is an ID-JAG.", answer))),
    ];

    private static ProbeCheck Make(string id, Severity severity, string[] rules, string looked, string fix, Func<ProbeSession, AccessTokenView, Verdict> look) => new(id, severity, rules, looked, fix,
        AnswerChecks.Look((session, _) => session.GoodToken is { } token ? look(session, token) : Verdict.Skipped("The access token is opaque.")));

    private static Verdict Signature(ProbeSession session, AccessTokenView token)
    {
        if (token.HeaderText("alg") is "none") return Verdict.Broken("alg is none.");
        if (token.HeaderText("alg")!.StartsWith("HS", StringComparison.Ordinal)) return Verdict.Broken("It is signed with a shared secret.");
        if (session.Documents.KeySet is not { } keys) return Verdict.Skipped("There is no key set to verify it with.");
        if (JwsAlgorithm.Find(token.HeaderText("alg")) is null) return Verdict.Skipped("Its algorithm is not verified here.");
        if (!CompactJws.TryParse(token.Text, MaxTokenChars, out var jws, out var failure)) return Verdict.Broken($"It is malformed: {failure}.");
        using (jws) failure = JwsVerifier.Verify(jws, keys, JwsAlgorithm.All, out _);
        return Verdict.Of(failure is JwsFailure.None, $"It does not verify with the published keys: {failure}.");
    }
}
