using System.Web;

namespace IdJagBroker.Demo.Walk;

/// <summary>What arrives at the application's redirect URI (RFC 6749 §4.1.2, RFC 9207 §2).</summary>
internal sealed record AuthorizationResponse(string? Code, string? State, string? Issuer, string? Error)
{
    /// <summary>All of it, as the browser was led there.</summary>
    public required Uri Address { get; init; }

    /// <summary>Reads the query of the redirect.</summary>
    public static AuthorizationResponse Parse(Uri redirect)
    {
        var query = HttpUtility.ParseQueryString(redirect.Query);
        return new AuthorizationResponse(query["code"], query["state"], query["iss"], query["error"]) { Address = redirect };
    }

    /// <summary>Never the code.</summary>
    public override string ToString() => Error ?? "a code";
}
