using System.Collections.Frozen;

namespace IdJagBroker.Protocol;

/// <summary>The <c>typ</c> header that keeps one kind of JWT from being taken for another (RFC 8725 §3.11).</summary>
public static class JwtType
{
    /// <summary>An ID-JAG (ID-JAG §3.1).</summary>
    public const string IdJag = "oauth-id-jag+jwt";

    /// <summary>A JWT access token (RFC 9068 §2.1).</summary>
    public const string AccessToken = "at+jwt";

    /// <summary>A client assertion (rfc7523bis): preferred, not demanded (SEC-21).</summary>
    public const string ClientAuthentication = "client-authentication+jwt";

    /// <summary>A DPoP proof (RFC 9449 §4.2).</summary>
    public const string DpopProof = "dpop+jwt";

    /// <summary>A logout token (OpenID Connect Back-Channel Logout §2.4).</summary>
    public const string Logout = "logout+jwt";

    internal static readonly string[] Common = ["JWT", IdJag, AccessToken, ClientAuthentication, DpopProof];

    private static readonly FrozenSet<string> Special = FrozenSet.ToFrozenSet(
        [IdJag, AccessToken, ClientAuthentication, DpopProof, Logout, "secevent+jwt", "token-introspection+jwt"],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Compares media types as RFC 7515 §4.1.9 has it: case-insensitive, <c>application/</c> optional (C-10).</summary>
    public static bool Is(string? typ, string expected) =>
        typ is not null && Short(typ).Equals(expected, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether <paramref name="typ"/> names another kind of token than <paramref name="own"/> (IDP-27, SEC-21).</summary>
    public static bool IsOfAnotherKind(string? typ, string? own = null) =>
        typ is not null && (own is null || !Is(typ, own)) && Special.Contains(Short(typ).ToString());

    private static ReadOnlySpan<char> Short(string typ) =>
        typ.StartsWith("application/", StringComparison.OrdinalIgnoreCase) ? typ.AsSpan("application/".Length) : typ;
}
