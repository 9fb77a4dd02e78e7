using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Protocol;
using static IdJagBroker.Probe.Severity;

namespace IdJagBroker.Probe.Checks;

/// <summary>What a header may not talk a server into (RFC 8725 §2, §3).</summary>
internal static class HeaderChecks
{
    private const string ByTyp = "Compare typ with oauth-id-jag+jwt before anything else in the token, and refuse everything else, absence included.";
    private const string ByAlg = "Configure the algorithms of each issuer's keys; the header only selects among them. Never none, never HMAC for a token of an issuer with public keys.";
    private const string ByKey = "Take keys from the issuer's own key set, fetched from a configured or discovered jwks_uri, and never from the token: refuse jwk, jku, x5c and x5u.";
    private const string Extension = "https://idjag-probe.example/critical";

    public static IReadOnlyList<ProbeCheck> All { get; } =
    [
        Spoiled.IdJag("bad.typ-jwt", Must, ["RAS-09", "ID-JAG §4.4.1", "RFC 8725 §3.11"], "typ JWT", ByTyp, idJag => idJag.Header["typ"] = "JWT"),
        Spoiled.IdJag("bad.typ-access-token", Must, ["RAS-09", "ID-JAG §4.4.1", "RFC 8725 §3.11"], "typ at+jwt", ByTyp, idJag => idJag.Header["typ"] = JwtType.AccessToken),
        Spoiled.IdJag("bad.typ-absent", Must, ["RAS-09", "ID-JAG §4.4.1", "RFC 8725 §3.11"], "no typ", ByTyp, idJag => idJag.Header.Remove("typ")),
        Spoiled.IdJag("bad.alg-none", Must, ["SEC-02", "RAS-13", "RFC 8725 §3.2"], "alg none, no signature", ByAlg, idJag => (idJag.Header["alg"], idJag.Sign) = ("none", _ => [])),
        Spoiled.IdJag("bad.alg-hmac-pem", Must, ["SEC-02", "RAS-13", "RFC 8725 §3.1"], "alg HS256, the public key (PEM) as secret", ByAlg,
            (session, idJag) => (idJag.Header["alg"], idJag.Sign) = ("HS256", input => HMACSHA256.HashData(Encoding.UTF8.GetBytes(session.Setup.Key.PublicPem), input))),
        Spoiled.IdJag("bad.alg-hmac-jwk", Must, ["SEC-02", "RAS-13", "RFC 8725 §3.1"], "alg HS256, the public key (JWK) as secret", ByAlg,
            (session, idJag) => (idJag.Header["alg"], idJag.Sign) = ("HS256", input => HMACSHA256.HashData(Encoding.UTF8.GetBytes(session.Setup.Key.PublicJwk.ToJsonString()), input))),
        Spoiled.IdJag("bad.signature", Must, ["RAS-13", "RFC 7523 §3"], "one bit of the signature flipped", "Verify the signature before anything in the token is believed.", (session, idJag) => idJag.Sign = input => Flip(session.Setup.Key.Sign(input))),
        Spoiled.IdJag("bad.signature-zero", Must, ["SEC-04", "RFC 8725 §3.4"], "a signature of zeros", "Refuse ECDSA signatures with r or s of zero: use a library that is not within CVE-2022-21449.", (session, idJag) => idJag.Sign = input => new byte[session.Setup.Key.Sign(input).Length]),
        Spoiled.IdJag("bad.key-other", Must, ["RAS-13", "SEC-10"], "signed with another key, under the trusted kid", "Verify with the key that the issuer publishes under that kid.", (session, idJag) => idJag.Sign = session.Impostor.Sign),
        Spoiled.IdJag("bad.key-unknown", Must, ["RAS-13", "SEC-11"], "signed with another key, under a kid that nobody has", "Refuse when no key is found; fetch the key set again at most every few seconds.",
            (session, idJag) => (idJag.Header["kid"], idJag.Sign) = ("idjag-probe-unknown", session.Impostor.Sign)),
        Spoiled.IdJag("bad.kid-unknown", Should, ["SEC-11", "RFC 7515 §4.1.4"], "the right key, under a kid that nobody has", "Let kid select exactly one key, instead of trying all that are published.", idJag => idJag.Header["kid"] = "idjag-probe-unknown"),
        Embedded("bad.header-jwk", "its key in the header (jwk)", (session, header) => header["jwk"] = session.Impostor.PublicJwk.DeepClone()),
        Embedded("bad.header-jku", "the address of its key in the header (jku)", (session, header) => header["jku"] = session.Setup.Served?.TrapKeys ?? session.Setup.Issuer.TrimEnd('/') + "/idjag-probe-untrusted/jwks.json"),
        Embedded("bad.header-x5c", "a certificate of its own in the header (x5c)", (session, header) => header["x5c"] = new JsonArray(Convert.ToBase64String(session.Impostor.SelfSigned(session.Now)))),
        Spoiled.IdJag("bad.crit", Must, ["SEC-07", "RFC 7515 §4.1.11"], "a critical extension that nobody knows (crit)", "Refuse a token whose crit names anything that you do not implement.",
            idJag => (idJag.Header["crit"], idJag.Header[Extension]) = (new JsonArray(Extension), true)),
        Spoiled.IdJag("bad.padding", Should, ["RAS-08", "RFC 7515 §2"], "= at the end", "Decode base64url strictly: without padding or white space, so that one token has one spelling.", idJag => idJag.Mangle = token => token + "=="),
        new("bad.fetched", Must, ["SEC-06", "RAS-10", "RFC 8725 §3.10"], "whether it fetched what only a token named", "Never fetch an address that a token names (iss, jku): anybody could make your server call into your network.", (session, _) => Task.FromResult(
            session.Setup.Served is not { } served ? Verdict.Skipped("Asked with --serve.") : Verdict.Of(served.Traps is 0, $"It fetched {served.Traps} time(s)."))),
    ];

    private static ProbeCheck Embedded(string id, string what, Action<ProbeSession, JsonObject> embed) => Spoiled.IdJag(id, Must, ["SEC-06", "RAS-13", "RFC 8725 §3.10"], "signed with another key, " + what, ByKey, (session, idJag) =>
    {
        idJag.Sign = session.Impostor.Sign;
        embed(session, idJag.Header);
    });

    private static byte[] Flip(byte[] signature)
    {
        signature[^1] ^= 1;
        return signature;
    }
}
