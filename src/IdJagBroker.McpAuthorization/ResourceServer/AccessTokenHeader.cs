using System.Buffers;
using IdJagBroker.Protocol.Jws;
using Microsoft.AspNetCore.Http;

namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>What a request brings as its access token.</summary>
internal enum Presented
{
    /// <summary>None, or one by a scheme that is not spoken here.</summary>
    Nothing,

    /// <summary>More than one, or something that cannot be read.</summary>
    Malformed,

    /// <summary>A bearer token (RFC 6750 §2.1).</summary>
    Bearer,

    /// <summary>A token that is bound to a key, with a proof of it in another header (RFC 9449 §7.1).</summary>
    Dpop,
}

/// <summary>Finds the access token: in the <c>Authorization</c> header and nowhere else (RS-07).</summary>
internal static class AccessTokenHeader
{
    private static readonly SearchValues<char> Token68 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=");

    /// <summary>Two credentials, or a broken header, are malformed (RS-09); a token in the query alone is no credential.</summary>
    public static Presented Find(HttpRequest request, out EncodedJwt token)
    {
        token = default;
        var header = request.Headers.Authorization;
        if (header.Count is 0) return Presented.Nothing;
        if (header.Count > 1 || request.Query.ContainsKey("access_token")) return Presented.Malformed;

        var value = header[0] ?? "";
        var space = value.IndexOf(' ');
        var presented = Scheme(space < 0 ? value : value.AsSpan(0, space));
        if (presented is Presented.Nothing) return presented;
        var credentials = space < 0 ? [] : value.AsSpan(space + 1);
        // RFC 6750 §2.1: b64token; RFC 9449 §7.1: token68, which is the same. A comma or a space is where a second credential hides.
        if (credentials.IsEmpty || credentials.ContainsAnyExcept(Token68)) return Presented.Malformed;
        token = EncodedJwt.Of(credentials);
        return presented;
    }

    private static Presented Scheme(ReadOnlySpan<char> scheme) =>
        scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) ? Presented.Bearer
        : scheme.Equals("DPoP", StringComparison.OrdinalIgnoreCase) ? Presented.Dpop
        : Presented.Nothing;
}
