using System.Text.Json;

namespace IdJagBroker.Protocol.Jws;

/// <summary>The <c>jwk</c> of a header (RFC 7515 §4.1.3), where one may be: in a DPoP proof.</summary>
/// <param name="Key">The public key, or null.</param>
/// <param name="Failure">Why there is none.</param>
internal readonly record struct EmbeddedKey(JsonWebKey? Key, DpopFailure Failure)
{
    // RFC 7518 §6.2.2, §6.3.2, §6.4.1
    internal static readonly string[] PrivateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

    public static EmbeddedKey Read(JsonElement jwk)
    {
        if (jwk.ValueKind is not JsonValueKind.Object) return new(null, DpopFailure.KeyUnusable);
        // RFC 9449 §4.3(7). Whoever sends it has given the key away: binding to it would bind to everybody.
        foreach (var name in PrivateMembers)
            if (jwk.TryGetProperty(name, out _)) return new(null, DpopFailure.KeyPrivate);
        var key = JsonWebKey.TryRead(jwk);
        return new(key, key is null ? DpopFailure.KeyUnusable : DpopFailure.None);
    }
}
