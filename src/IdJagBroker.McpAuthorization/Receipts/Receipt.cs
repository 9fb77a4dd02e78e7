using System.Text.Json;
using IdJagBroker.Protocol;

namespace IdJagBroker.McpAuthorization.Receipts;

/// <summary>What became of one ID-JAG: nothing of the person, and no token.</summary>
/// <param name="JwtId">The ID-JAG's.</param>
/// <param name="ClientId">The client that presented it, by its id here.</param>
/// <param name="At">When.</param>
internal sealed record Receipt(string JwtId, string ClientId, DateTimeOffset At)
{
    /// <summary>The same however often it is sent: by it the issuer tells a receipt that comes again from a second one.</summary>
    public Guid Id { get; } = Guid.CreateVersion7();

    /// <summary>Of a redemption: what was granted.</summary>
    public ScopeSet Scope { get; init; } = ScopeSet.Empty;

    /// <summary>Of a redemption: the MCP server.</summary>
    public string? Resource { get; init; }

    /// <summary>Of a redemption: how long the access token lives.</summary>
    public TimeSpan ExpiresIn { get; init; }

    /// <summary>Of a refusal: the code that the client was told.</summary>
    public string? Error { get; init; }

    /// <summary>Of a refusal: the word in this server's log, if there is one.</summary>
    public string? Reason { get; init; }

    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, Id);
        json.WriteString("jti"u8, JwtId);
        json.WriteString("outcome"u8, Error is null ? "redeemed"u8 : "refused"u8);
        json.WriteNumber("at"u8, At.ToUnixTimeSeconds());
        json.WriteString("client_id"u8, ClientId);
        if (Error is null)
        {
            if (!Scope.IsEmpty) json.WriteString("scope"u8, Scope.ToString());
            if (Resource is not null) json.WriteString("resource"u8, Resource);
            json.WriteNumber("expires_in"u8, (long)ExpiresIn.TotalSeconds);
        }
        else
        {
            json.WriteString("error"u8, Error);
            if (Reason is not null) json.WriteString("reason"u8, Reason);
        }
        json.WriteEndObject();
    }
}
