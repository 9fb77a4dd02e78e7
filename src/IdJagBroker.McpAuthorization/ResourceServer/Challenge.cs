using System.Text;
using Microsoft.AspNetCore.Http;

namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>Refuses a request at the MCP server: by HTTP status and <c>WWW-Authenticate</c> (RFC 6750 §3, RFC 9728 §5.1), before any JSON-RPC.</summary>
internal sealed class Challenge(string metadataUrl, string initialScope)
{
    /// <summary>401 without <c>error</c>: no token came (RS-08). Tells where to find out how to get one.</summary>
    public Task NoTokenAsync(HttpContext http) => RefuseAsync(http, 401, Bearer(null, null, initialScope));

    /// <summary>400 <c>invalid_request</c> (RS-09).</summary>
    public Task MalformedAsync(HttpContext http) =>
        RefuseAsync(http, 400, Bearer("invalid_request", "one token, in one Authorization header", null));

    /// <summary>401 <c>invalid_token</c> (RS-10), in the same words whatever is wrong.</summary>
    public Task InvalidTokenAsync(HttpContext http) =>
        RefuseAsync(http, 401, Bearer("invalid_token", "the access token is not valid here", initialScope));

    /// <summary>401 <c>invalid_token</c> for a token that is bound to a key (RS-17): the scheme to use it with, and ours.</summary>
    public Task ProofMissingAsync(HttpContext http) => RefuseAsync(http, 401,
        Bearer("invalid_token", "the access token is bound to a key", initialScope),
        Write("DPoP", ("error", "invalid_token"), ("error_description", "the access token is bound to a key")));

    /// <summary>403 <c>insufficient_scope</c> with what this operation needs, no more (RS-13, C-29).</summary>
    public Task InsufficientScopeAsync(HttpContext http, IEnumerable<string> needed) =>
        RefuseAsync(http, 403, Bearer("insufficient_scope", "the operation needs a scope that the token lacks", string.Join(' ', needed)));

    private string Bearer(string? error, string? description, string? scope) => Write("Bearer",
        ("error", error), ("error_description", description), ("scope", scope is "" ? null : scope), ("resource_metadata", metadataUrl));

    private static Task RefuseAsync(HttpContext http, int status, params string[] challenges)
    {
        http.Response.StatusCode = status;
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.WWWAuthenticate = challenges;
        http.Response.Headers.Append("Access-Control-Expose-Headers", "WWW-Authenticate");        // RS-19
        return Task.CompletedTask;
    }

    // RFC 9110 §11.2: auth-param with a quoted-string, so that no value can end its quotes or the header
    private static string Write(string scheme, params (string Name, string? Value)[] parameters)
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
