using System.Text.Json.Nodes;
using IdJagBroker.Protocol;
using static IdJagBroker.Probe.Severity;

namespace IdJagBroker.Probe.Checks;

/// <summary>ID-JAGs and requests that are as good as the first, and look different.</summary>
internal static class VariationChecks
{
    public static IReadOnlyList<ProbeCheck> All { get; } =
    [
        new("good.again", Must, ["AT-15", "RAS-21", "RFC 9068 §2.2"], "another good ID-JAG", "Take every good ID-JAG, and issue a new token for each.", AgainAsync),
        Make("good.resource-parameter", Must, ["RAS-35", "RFC 8707 §2", "MCP AZ"], "resource as a parameter too", "Take the resource parameter: MCP clients always send it, and here it says what the ID-JAG says.",
            change: (session, call) => call.Form.Add(("resource", session.Setup.Resource))),
        Make("good.unknown-parameter", Must, ["RAS-01", "RFC 6749 §3.2"], "a parameter that nobody knows", "Ignore parameters that you do not know.", change: (_, call) => call.Form.Add(("idjag_probe", "1"))),
        Make("good.unknown-claim", Must, ["C-36", "RFC 7519 §4"], "a claim that nobody knows", "Ignore claims that you do not know.", spoil: (_, idJag) => idJag.Claims["https://idjag-probe.example/claim"] = "1"),
        Make("good.media-type", Should, ["C-10", "RFC 7515 §4.1.9"], "typ application/oauth-id-jag+jwt", "Compare typ as a media type: without regard to case, and with or without application/.",
            spoil: (_, idJag) => idJag.Header["typ"] = "application/" + JwtType.IdJag),
        Make("good.aud-array", Should, ["RAS-15", "ID-JAG §4.4.1"], "aud as an array of one", "Take aud as a string and as an array of exactly one.", spoil: (session, idJag) => idJag.Claims["aud"] = new JsonArray(session.Setup.Server.Value)),
        Make("good.past-nbf", Should, ["RAS-18", "JAG-13"], "nbf that has passed", "Take an nbf that has passed.", spoil: (session, idJag) => idJag.Claims["nbf"] = session.Now.ToUnixTimeSeconds()),
        new("good.narrowed", Must, ["RAS-37", "RFC 7521 §4.1"], "scope with one scope of several", "Grant what the request asks of the ID-JAG's scopes, and no more.", NarrowedAsync),
        new("good.reuse", Must, ["RAS-21", "C-14", "ID-JAG §4.4.3"], "one ID-JAG twice", "To take each ID-JAG once, keep (iss, jti) until exp and the clock skew have passed, in one place for all replicas.", ReuseAsync),
        new("good.reuse-at-once", Must, ["RAS-21", "C-14", "RFC 7523 §3"], "one ID-JAG twice at the same time", "Let the store decide in one atomic step who comes first (INSERT … ON CONFLICT): looking first and writing then lets both through.", AtOnceAsync),
    ];

    private static ProbeCheck Make(string id, Severity severity, string[] rules, string sent, string fix, Action<ProbeSession, JwtDraft>? spoil = null, Action<ProbeSession, TokenCall>? change = null) =>
        new(id, severity, rules, sent, fix, async (session, ct) =>
        {
            var idJag = session.IdJag();
            spoil?.Invoke(session, idJag);
            return Granted.Judge(await session.RedeemAsync(idJag, call => change?.Invoke(session, call), ct));
        });

    private static async Task<Verdict> AgainAsync(ProbeSession session, CancellationToken ct)
    {
        var answer = await session.RedeemAsync(session.IdJag(), null, ct);
        if (Granted.Judge(answer) is { Outcome: not ProbeOutcome.Pass } refused) return refused;
        var (one, other) = (session.GoodToken?.Claim("jti"), AccessTokenView.Read(answer.AccessToken!)?.Claim("jti"));
        return Verdict.Of(answer.AccessToken != session.Good?.AccessToken && (one is null || one != other), "The same access token, or jti, came twice.", answer);
    }

    private static async Task<Verdict> NarrowedAsync(ProbeSession session, CancellationToken ct)
    {
        if (session.Setup.Scope.Scopes is not [var first, _, ..]) return Verdict.Skipped("Needs two scopes in --scope.");
        var answer = await session.RedeemAsync(session.IdJag(), call => call.Form.Add(("scope", first)), ct);
        if (Granted.Judge(answer) is { Outcome: not ProbeOutcome.Pass } refused) return refused;
        return Verdict.Of(ScopeFacts.Granted(answer, ScopeSet.Of(first)) is { } granted && granted.IsSubsetOf(ScopeSet.Of(first)), "More was granted than was asked for.", answer);
    }

    private static async Task<Verdict> ReuseAsync(ProbeSession session, CancellationToken ct)
    {
        var idJag = session.IdJag().Encode();
        var first = await session.RedeemAsync(idJag, null, ct);
        if (Granted.Judge(first) is { Outcome: not ProbeOutcome.Pass } refused) return refused;
        var second = await session.RedeemAsync(idJag, null, ct);
        if (session.Setup.SingleUse) return Expected.InvalidGrant.Judge(second);
        return second.IsIssued ? Verdict.Info("The second time it was taken too, which C-14 allows until exp; demand otherwise with --single-use.", second)
            : Verdict.Info("The second time it was refused: clients must ask for a new ID-JAG each time.", second);
    }

    private static async Task<Verdict> AtOnceAsync(ProbeSession session, CancellationToken ct)
    {
        if (!session.Setup.SingleUse) return Verdict.Skipped("Asked with --single-use.");
        var idJag = session.IdJag().Encode();
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => session.RedeemAsync(idJag, null, ct)));
        var issued = answers.Count(answer => answer.IsIssued);
        return issued is 1 ? Verdict.Pass(answers.First(answer => answer.IsIssued)) : Verdict.Broken($"Of 4 requests, {issued} got an access token.", answers.FirstOrDefault(answer => answer.Failed) ?? answers[0]);
    }
}
