namespace IdJagBroker.McpAuthorization;

/// <summary>Which access tokens: those for which all that is said holds (RAS-49). At least one thing has to be said.</summary>
public sealed record AccessTokenSelection
{
    /// <summary>Those that came from ID-JAGs of this issuer.</summary>
    public string? IdJagIssuer { get; init; }

    /// <summary>Those that came from this ID-JAG, of <see cref="IdJagIssuer"/>. It is not redeemed again either, wherever it is reusable.</summary>
    public string? IdJagJwtId { get; init; }

    /// <summary>Those of this client.</summary>
    public string? ClientId { get; init; }

    /// <summary>Those for this account here.</summary>
    public string? Subject { get; init; }

    /// <summary>Those for this MCP server.</summary>
    public string? Resource { get; init; }

    /// <summary>The one of this id.</summary>
    public string? JwtId { get; init; }

    /// <summary>Whether a token is one of them.</summary>
    public bool Includes(AccessTokenRecord token) =>
        Is(IdJagIssuer, token.IdJagIssuer) && Is(IdJagJwtId, token.IdJagJwtId) && Is(ClientId, token.ClientId)
        && Is(Subject, token.Subject) && Is(Resource, token.Resource) && Is(JwtId, token.JwtId);

    internal bool IsEmpty => IdJagIssuer is null && IdJagJwtId is null && ClientId is null && Subject is null && Resource is null && JwtId is null;

    private static bool Is(string? asked, string there) => asked is null || string.Equals(asked, there, StringComparison.Ordinal);
}
