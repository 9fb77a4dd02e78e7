using System.Text.Json.Nodes;
using static IdJagBroker.Probe.Severity;

namespace IdJagBroker.Probe.Checks;

/// <summary>ID-JAGs that are bound to a key (ID-JAG §9.8.1, RFC 9449).</summary>
internal static class BindingChecks
{
    private const string ByProof = "Refuse a proof that is not of this request: htm POST, htu this token endpoint, iat within 5 minutes, a good signature by its jwk, a jti that is new.";

    public static IReadOnlyList<ProbeCheck> All { get; } =
    [
        new("bad.bound-without-proof", Must, ["POP-09", "ID-JAG §9.8.1.2.2"], "bound to a key (cnf), without a proof", "Refuse an ID-JAG with cnf unless a DPoP proof of exactly that key comes with it; a server that speaks no DPoP refuses it always.", async (session, ct) =>
        {
            var idJag = session.IdJag();
            idJag.Claims["cnf"] = new JsonObject { ["jkt"] = session.KeyThumbprint };
            return Expected.InvalidGrant.Judge(await session.RedeemAsync(idJag, call => call.Proves = false, ct));
        }),
        Proof("dpop.other-key", Must, ["POP-07", "ID-JAG §9.8.1.2.1"], "a proof by another key than the ID-JAG is bound to", "Compare the thumbprint of the proof's key with cnf.jkt.", Expected.InvalidGrant, (call, stranger) => call.ProvenBy = stranger),
        Proof("dpop.method", Must, ["POP-03", "RFC 9449 §4.3"], "a proof of a GET (htm)", ByProof, Expected.InvalidProof, (call, _) => call.SpoilProof = proof => proof.Claims["htm"] = "GET"),
        Proof("dpop.url", Must, ["POP-03", "RFC 9449 §4.3"], "a proof for another address (htu)", ByProof, Expected.InvalidProof, (call, _) => call.SpoilProof = proof => proof.Claims["htu"] = "https://other-as.idjag-probe.example/token"),
        Proof("dpop.stale", Must, ["POP-14", "RFC 9449 §4.3"], "a proof of an hour ago", ByProof, Expected.InvalidProof, (call, _) => call.SpoilProof = proof => proof.Claims["iat"] = (long)proof.Claims["iat"]! - 3600),
        Proof("dpop.signature", Must, ["POP-02", "RFC 9449 §4.3"], "a proof with a broken signature", ByProof, Expected.InvalidProof, (call, _) => call.SpoilProof = proof => proof.Mangle = token => token[..^6] + (token[^6] is 'A' ? 'B' : 'A') + token[^5..]),
        new("dpop.replayed", Should, ["POP-14", "RFC 9449 §11.1"], "the proof of another request", ByProof, ReplayedAsync),
    ];

    private static ProbeCheck Proof(string id, Severity severity, string[] rules, string sent, string fix, Expected expected, Action<TokenCall, DpopProver> change) => new(id, severity, rules, sent, fix, async (session, ct) =>
    {
        if (!session.Setup.Dpop) return Verdict.Skipped("Asked with --dpop.");
        using var stranger = new DpopProver();
        return expected.Judge(await session.RedeemAsync(session.IdJag(), call => change(call, stranger), ct));
    });

    private static async Task<Verdict> ReplayedAsync(ProbeSession session, CancellationToken ct)
    {
        if (!session.Setup.Dpop) return Verdict.Skipped("Asked with --dpop.");
        var first = await session.RedeemAsync(session.IdJag(), call => call.SpoilProof = proof => proof.Claims["jti"] = session.KeyThumbprint, ct);
        if (Granted.Judge(first) is { Outcome: not ProbeOutcome.Pass } refused) return refused;
        return Expected.InvalidProof.Judge(await session.RedeemAsync(session.IdJag(), call => call.SpoilProof = proof => proof.Claims["jti"] = session.KeyThumbprint, ct));
    }
}
