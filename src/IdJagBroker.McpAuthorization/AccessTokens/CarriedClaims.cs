using System.Collections.Frozen;
using System.Collections.ObjectModel;
using System.Text;
using System.Text.Json;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.McpAuthorization.AccessTokens;

/// <summary>What of an ID-JAG an access token carries along because a vendor asked for it (AT-12, AT-14).</summary>
internal static class CarriedClaims
{
    // What says whose token it is, what it is for and what it permits is decided here, and never copied.
    private static readonly FrozenSet<string> Reserved = FrozenSet.Create(
        StringComparer.Ordinal, "iss", "sub", "aud", "client_id", "jti", "iat", "exp", "nbf", "resource", "scope", "authorization_details", "auth_time", "acr", "amr",
        "aud_tenant", "aud_sub", "sub_id", "act", "may_act", "cnf", "nonce", "at_hash", "c_hash", "s_hash", "azp", "sid", "events", "_claim_names", "_claim_sources",
        "active", "token_type", "username");

    /// <summary>Whether a claim of that name may be carried along.</summary>
    public static bool MayBe(string name) => name.Length is > 0 and <= 255 && !Reserved.Contains(name);

    /// <summary>Those that the issuer's ID-JAG has, of those that are asked for.</summary>
    public static IReadOnlyDictionary<string, string> In(JwtClaims claims, TrustedIssuer trust)
    {
        if (trust.AccessTokenClaims.Count is 0) return ReadOnlyDictionary<string, string>.Empty;
        var carried = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in trust.AccessTokenClaims)
            if (claims.GetJson(Encoding.UTF8.GetBytes(name)) is { } json) carried[name] = json;
        return carried;
    }

    /// <summary>Writes them as members of an object that is already begun.</summary>
    public static void Write(IReadOnlyDictionary<string, string> carried, Utf8JsonWriter json)
    {
        foreach (var (name, value) in carried)
        {
            json.WritePropertyName(name);
            json.WriteRawValue(value);
        }
    }
}
