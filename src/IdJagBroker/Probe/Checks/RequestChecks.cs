using IdJagBroker.Protocol;
using static IdJagBroker.Probe.Severity;

namespace IdJagBroker.Probe.Checks;

/// <summary>Requests that ask for too much, are broken, or come from somebody else.</summary>
internal static class RequestChecks
{
    private const string ByKind = "Keep kinds of tokens apart by typ, aud and keys: only an ID-JAG is an authorization grant.";

    /// <summary>What asks with a good client.</summary>
    public static IReadOnlyList<ProbeCheck> All { get; } =
    [
        Spoiled.Call("bad.resource-parameter", Must, ["RAS-35", "RFC 8707 §2"], "resource as a parameter, another than the ID-JAG's", "Refuse a resource parameter that the ID-JAG does not hold, with invalid_target.", Expected.InvalidTarget,
            (_, call) => call.Form.Add(("resource", "https://mcp.idjag-probe.example/foreign"))),
        new("bad.scope-beyond", Must, ["RAS-37", "RFC 7521 §4.1", "ID-JAG §4.4.1"], "scope beyond the ID-JAG's", "Grant the intersection of what the ID-JAG holds and what the request asks, and say in scope what that is; or refuse with invalid_scope.", BeyondAsync),
        Spoiled.IdJag("bad.id-token", Must, ["SEC-05", "RFC 8725 §3.12"], "an ID Token in place of the ID-JAG", ByKind, (session, idJag) =>
        {
            (idJag.Header["typ"], idJag.Claims["aud"], idJag.Claims["nonce"]) = ("JWT", session.Setup.Client.ClientId, "n-1");
            foreach (var name in (string[])["client_id", "resource", "scope", "jti"]) idJag.Claims.Remove(name);
        }),
        new("bad.access-token", Must, ["SEC-05", "RFC 8725 §3.12"], "its own access token in place of the ID-JAG", ByKind, async (session, ct) =>
            session.Good?.AccessToken is { } token ? Expected.InvalidGrant.Judge(await session.RedeemAsync(token, null, ct)) : Verdict.Unproven("There is no access token.")),
        new("bad.no-assertion", Must, ["RAS-03", "RFC 7523 §2.1"], "no assertion", "Answer a request without assertion with invalid_request.", async (session, ct) =>
            Expected.InvalidRequest.Judge(await session.SendAsync(new TokenCall { Form = { ("grant_type", GrantType.JwtBearer) }, Proves = session.Setup.Dpop }, ct))),
        new("bad.two-assertions", Must, ["RAS-01", "IDP-03", "RFC 6749 §3.2"], "assertion twice, both good", "Refuse a request in which a parameter comes twice, with invalid_request.", async (session, ct) =>
        {
            var second = session.IdJag().Encode();
            return Expected.InvalidRequest.Judge(await session.RedeemAsync(session.IdJag(), call => call.Form.Add(("assertion", second)), ct));
        }),
        Spoiled.IdJag("bad.oversized", Should, ["RAS-08", "SEC-09"], "a good ID-JAG of 16 KiB", "Bound the size of an assertion (8 KiB are plenty) before it is parsed, and refuse what is longer.", idJag => idJag.Claims["https://idjag-probe.example/claim"] = new string('x', 12 * 1024), Expected.TooLarge),
        Spoiled.Call("bad.get", Should, ["RAS-01", "IDP-01", "RFC 6749 §3.2"], "GET of the token endpoint, with nothing", "Answer 405 with Allow: POST to everything but POST.", new Expected([], [405]), (_, call) =>
        {
            (call.Method, call.As, call.Proves) = (HttpMethod.Get, Caller.Nobody, false);
            call.Form.Clear();
        }),
        Spoiled.Call("bad.json-body", Should, ["RAS-01", "IDP-02", "RFC 6749 §3.2"], "the parameters as JSON", "Read application/x-www-form-urlencoded only.", new Expected(["invalid_request", "invalid_client"], [400, 401, 415]), (_, call) => call.AsJson = true),
        Spoiled.Call("bad.grant-type", Must, ["RAS-02", "RFC 6749 §5.2"], "a grant that nobody knows", "Answer grants that you do not speak with unsupported_grant_type.", new Expected(["unsupported_grant_type", "unauthorized_client"], [400]), (_, call) => call.Form[0] = ("grant_type", "urn:idjag-probe:grant")),
    ];

    /// <summary>What asks without being the client; last, because a server may take it amiss.</summary>
    public static IReadOnlyList<ProbeCheck> OfStrangers { get; } =
    [
        Client("bad.client-credentials", ["RAS-04", "RFC 6749 §2.3", "ID-JAG §9.1"], "a wrong secret or key of the client, a good ID-JAG", "Authenticate the client before the assertion is looked at; answer 401 invalid_client.", Expected.InvalidClient, Caller.Impostor, ofPublic: false),
        Client("bad.client-id-only", ["RAS-05", "ID-JAG §9.1"], "client_id without any proof, a good ID-JAG", "Refuse a client that has credentials and shows none, however good its ID-JAG is.", Expected.NoPublicClient, Caller.IdOnly, ofPublic: false),
        Client("bad.client-nobody", ["RAS-04", "RAS-20", "ID-JAG §4.4.1"], "no client at all, a good ID-JAG", "Refuse a request without client authentication, and of a public client one without client_id; never take the client from the ID-JAG.", Expected.InvalidClient, Caller.Nobody, ofPublic: true),
    ];

    private static ProbeCheck Client(string id, string[] rules, string sent, string fix, Expected expected, Caller caller, bool ofPublic) => new(id, Must, rules, sent, fix, async (session, ct) =>
        session.Setup.Client.IsPublic && !ofPublic ? Verdict.Skipped("The client is public.") : expected.Judge(await session.RedeemAsync(session.IdJag(), call => call.As = caller, ct)));

    // The ID-JAG holds all scopes but one, and the request asks for that one as well.
    private static async Task<Verdict> BeyondAsync(ProbeSession session, CancellationToken ct)
    {
        var given = session.Setup.Scope;
        var beyond = given.Scopes.Length > 1 ? given.Scopes[^1]
            : session.Documents.List("scopes_supported")?.FirstOrDefault(scope => ScopeSet.IsScope(scope) && !given.Contains(scope) && scope is not "openid" and not "offline_access") ?? "idjag-probe.beyond";
        var held = given.Scopes.Length > 1 ? given.Except(ScopeSet.Of(beyond)) : given;
        var idJag = session.IdJag();
        if (held.IsEmpty) idJag.Claims.Remove("scope");
        else idJag.Claims["scope"] = held.ToString();
        var asked = held.Union(ScopeSet.Of(beyond));
        var answer = await session.RedeemAsync(idJag, call => call.Form.Add(("scope", asked.ToString())), ct);
        if (!answer.IsIssued) return new Expected(["invalid_scope", "invalid_grant"], [400]).Judge(answer);
        return Verdict.Of(ScopeFacts.Granted(answer, asked) is { } granted && granted.IsSubsetOf(held), $"\"{Wording.Printable(beyond)}\" was granted too, or the answer does not say what was.", answer);
    }
}
