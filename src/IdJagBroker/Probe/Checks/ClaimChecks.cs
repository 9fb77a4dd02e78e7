using System.Text.Json.Nodes;
using IdJagBroker.Protocol;
using static IdJagBroker.Probe.Severity;

namespace IdJagBroker.Probe.Checks;

/// <summary>ID-JAGs of the trusted key that are for somebody else, for another time or incomplete (ID-JAG §3.1, §4.4.1).</summary>
internal static class ClaimChecks
{
    private const string Elsewhere = "https://other-as.idjag-probe.example";
    private const string ByIssuer = "Look iss up among the issuers that an administrator trusts, as an exact string, before keys are looked for; never discover an issuer from a token.";
    private const string ByAudience = "Accept as aud this server's issuer identifier and nothing else: as a string, or as an array of exactly that one.";
    private const string ByClient = "Compare the claim client_id, exactly, with the client that authenticated: an ID-JAG is worth something only to whom it was issued.";
    private const string ByPresence = "Refuse an ID-JAG that lacks one of iss, sub, aud, client_id, jti, iat, exp, or has it with another JSON type.";
    private const string ByTime = "Check exp, nbf and iat against a clock with a skew of 60 s at the most.";

    public static IReadOnlyList<ProbeCheck> All { get; } =
    [
        Spoiled.IdJag("bad.iss-foreign", Must, ["RAS-10", "ID-JAG §4.1", "RFC 8725 §3.8"], "signed by an issuer that nobody trusts", ByIssuer, (session, idJag) =>
            (idJag.Claims["iss"], idJag.Sign) = (session.Setup.Served?.TrapIssuer ?? "https://untrusted.idjag-probe.example", session.Impostor.Sign)),
        Spoiled.IdJag("bad.iss-other", Must, ["RAS-10", "RFC 8725 §3.8"], "iss of another, signed with the trusted key", "Verify with keys of the issuer that iss names; a key is trusted for its own issuer only.", idJag => idJag.Claims["iss"] = "https://untrusted.idjag-probe.example"),
        Spoiled.IdJag("bad.iss-own", Must, ["RAS-12", "C-24", "ID-JAG §9.3"], "iss is the server itself", "Never take an ID-JAG whose issuer you are yourself.", (session, idJag) => idJag.Claims["iss"] = session.Setup.Server.Value),
        Missing("iss", "RAS-14"),
        Spoiled.IdJag("bad.aud-other", Must, ["RAS-15", "ID-JAG §4.4.1"], "aud is another server", ByAudience, idJag => idJag.Claims["aud"] = Elsewhere),
        new("bad.aud-token-endpoint", Must, ["RAS-15", "C-08", "ID-JAG §4.4.1"], "aud is the token endpoint", ByAudience, async (session, ct) =>
        {
            if (session.TokenEndpoint!.OriginalString == session.Setup.Server.Value) return Verdict.Skipped("The token endpoint is the issuer.");
            var idJag = session.IdJag();
            idJag.Claims["aud"] = session.TokenEndpoint.OriginalString;
            return Expected.InvalidGrant.Judge(await session.RedeemAsync(idJag, null, ct));
        }),
        Spoiled.IdJag("bad.aud-two", Must, ["RAS-15", "ID-JAG §4.4.1"], "aud is this server and another", ByAudience, (session, idJag) => idJag.Claims["aud"] = new JsonArray(session.Setup.Server.Value, Elsewhere)),
        Spoiled.IdJag("bad.aud-slash", Should, ["RAS-15", "C-09"], "aud with a slash more or less at its end", "Compare aud character by character, without any normalisation.", (session, idJag) => idJag.Claims["aud"] = session.Setup.Server.Value is [.. var bare, '/'] ? bare : session.Setup.Server.Value + "/"),
        Missing("aud", "RAS-14"),
        Spoiled.IdJag("bad.client-other", Must, ["RAS-19", "RAS-25", "ID-JAG §4.4.1"], "client_id of another client", ByClient, idJag => idJag.Claims["client_id"] = "idjag-probe-other-client"),
        Missing("client_id", "RAS-19"),
        Missing("sub", "RAS-14"),
        Missing("jti", "RAS-14"),
        Missing("iat", "RAS-14"),
        Missing("exp", "RAS-16"),
        Spoiled.IdJag("bad.exp-text", Should, ["RAS-14", "JAG-11"], "exp as a string", ByPresence, idJag => idJag.Claims["exp"] = idJag.Claims["exp"]!.ToJsonString()),
        Spoiled.IdJag("bad.expired", Must, ["RAS-16", "RFC 7523 §3"], "expired two minutes ago", ByTime, (session, idJag) => (idJag.Claims["iat"], idJag.Claims["exp"]) = (At(session, -420), At(session, -120))),
        Spoiled.IdJag("bad.nbf-future", Must, ["RAS-18", "RFC 7523 §3"], "nbf in two minutes", ByTime, (session, idJag) => idJag.Claims["nbf"] = At(session, 120)),
        Spoiled.IdJag("bad.iat-future", Should, ["RAS-17", "RFC 7523 §3"], "issued in two minutes", ByTime, (session, idJag) => (idJag.Claims["iat"], idJag.Claims["exp"]) = (At(session, 120), At(session, 420))),
        Spoiled.IdJag("bad.long-lived", Should, ["RAS-17", "SEC-31", "RFC 7523 §3"], "valid for a day", "Refuse an ID-JAG whose exp − iat is more than some 15 minutes, so that replay memory stays small and a stolen one dies soon.", (session, idJag) => idJag.Claims["exp"] = At(session, 86_400)),
        Spoiled.IdJag("bad.aud-twice", Should, ["RAS-08", "SEC-08", "RFC 8725 §3.7"], "two members aud, another server's first", "Refuse JSON with a member twice: two parsers would see two tokens.", idJag =>
            idJag.RawClaims = $"{{\"aud\":\"{Elsewhere}\",{idJag.Claims.ToJsonString()[1..]}"),
        Spoiled.IdJag("bad.resource-foreign", Must, ["RAS-34", "C-05", "ID-JAG §4.4.1"], "resource of an MCP server that is not this server's", "Compare resource with the MCP servers that you issue tokens for; never issue a token for another, or for all.",
            idJag => idJag.Claims["resource"] = "https://mcp.idjag-probe.example/foreign", new Expected(["invalid_grant", "invalid_target"], [400])),
    ];

    private static ProbeCheck Missing(string claim, string rule) => Spoiled.IdJag($"bad.no-{claim.Replace('_', '-')}", Must, [rule, "ID-JAG §3.1"], $"no {claim}", claim is "client_id" ? ByClient : claim is "aud" ? ByAudience : ByPresence, idJag => idJag.Claims.Remove(claim));

    private static long At(ProbeSession session, int seconds) => session.Now.ToUnixTimeSeconds() + seconds;
}
