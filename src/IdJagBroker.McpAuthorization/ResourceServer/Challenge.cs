using System.Globalization;
using System.Text;
using IdJagBroker.Protocol.Jws;
using Microsoft.AspNetCore.Http;

namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>
/// Refuses a request at the MCP server: by HTTP status and <c>WWW-Authenticate</c> (RFC 6750 §3, RFC 9449 §7.1, RFC 9728 §5.1), before any
/// JSON-RPC.
/// </summary>
/// <param name="metadataUrl">Where the client finds out how to get a token.</param>
/// <param name="initialScope">What it should ask for at first.</param>
/// <param name="keyBoundOnly">Whether a bearer token would not do: then none is asked for.</param>
internal sealed class Challenge(string metadataUrl, string initialScope, bool keyBoundOnly)
{
    private static readonly string Algorithms = string.Join(' ', DpopProof.Algorithms.Select(algorithm => algorithm.Name));

    /// <summary>401 without <c>error</c>: no token came (RS-08). Bearer goes first: many clients read the first challenge only.</summary>
    public Task NoTokenAsync(HttpContext http) =>
        RefuseAsync(http, 401, keyBoundOnly ? [Dpop(null, null, initialScope)] : [Bearer(null, null, initialScope), Dpop(null, null, initialScope)]);

    /// <summary>400 <c>invalid_request</c> (RS-09).</summary>
    public Task MalformedAsync(HttpContext http) =>
        RefuseAsync(http, 400, In(keyBoundOnly, "invalid_request", "one token, in one Authorization header", null));

    /// <summary>401 for a token that is not good, or not for whoever sent it (RS-10, RS-17, POP-20).</summary>
    public Task BadTokenAsync(HttpContext http, Presented presented, AccessTokenRefusal refusal) => RefuseAsync(http, 401,
        In(keyBoundOnly || presented is Presented.Dpop || refusal.DemandsProof, refusal.Error, refusal.Description, initialScope));

    /// <summary>403 <c>insufficient_scope</c> with what this operation needs, no more (RS-13, C-29).</summary>
    public Task InsufficientScopeAsync(HttpContext http, VerifiedAccessToken token, IEnumerable<string> needed) => RefuseAsync(http, 403,
        In(token.Binding.IsThere, "insufficient_scope", "the operation needs a scope that the token lacks", string.Join(' ', needed)));

    /// <summary>401 <c>insufficient_user_authentication</c> (RFC 9470 §3, RS-15): with the sign-in that this operation needs, and its scopes.</summary>
    public Task InsufficientSignInAsync(HttpContext http, VerifiedAccessToken token, SignInNeed need, IEnumerable<string> needed) => RefuseAsync(http, 401,
        In(token.Binding.IsThere, "insufficient_user_authentication", "the operation needs another sign-in", string.Join(' ', needed),
            ("acr_values", need.AcrValues.Count is 0 ? null : string.Join(' ', need.AcrValues)),
            ("max_age", need.MaxAge is { } age ? ((long)age.TotalSeconds).ToString(CultureInfo.InvariantCulture) : null)));

    private string In(bool dpop, string error, string description, string? scope, params ReadOnlySpan<(string, string?)> more) =>
        dpop ? Dpop(error, description, scope, more) : Bearer(error, description, scope, more);

    private string Bearer(string? error, string? description, string? scope, params ReadOnlySpan<(string, string?)> more) => Write("Bearer",
        [("error", error), ("error_description", description), ("scope", scope is "" ? null : scope), .. more, ("resource_metadata", metadataUrl)]);

    private string Dpop(string? error, string? description, string? scope, params ReadOnlySpan<(string, string?)> more) => Write("DPoP",
        [("error", error), ("error_description", description), ("scope", scope is "" ? null : scope), .. more, ("algs", Algorithms), ("resource_metadata", metadataUrl)]);

    private static Task RefuseAsync(HttpContext http, int status, params string[] challenges)
    {
        http.Response.StatusCode = status;
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.WWWAuthenticate = challenges;
        http.Response.Headers.Append("Access-Control-Expose-Headers", "WWW-Authenticate");        // RS-19
        return Task.CompletedTask;
    }

    // RFC 9110 §11.2: auth-param with a quoted-string, so that no value can end its quotes or the header
    private static string Write(string scheme, ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var header = new StringBuilder(scheme);
        var separator = ' ';
        foreach (var (name, value) in parameters)
        {
            if (value is null) continue;
            header.Append(separator).Append(separator is ',' ? " " : "").Append(name).Append("=\"");
            foreach (var c in value)
            {
                if (c is '"' or '\\') header.Append('\\');
                header.Append(c is < ' ' or > '~' ? '?' : c);
            }
            header.Append('"');
            separator = ',';
        }
        return header.ToString();
    }
}
