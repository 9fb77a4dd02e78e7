namespace IdJagBroker.McpAuthorization;

/// <summary>
/// Where access tokens are recorded, so that they can be asked about and revoked. What it throws becomes a 503 everywhere: no token is issued that could not
/// be revoked, and none is found good while nobody can tell. One for the process.
/// </summary>
public interface IAccessTokenStore
{
    /// <summary>Records a token before it is given out; false if its ID-JAG was revoked, at the same moment too: then nothing is recorded.</summary>
    ValueTask<bool> TryAddAsync(AccessTokenRecord token, CancellationToken ct);

    /// <summary>The record of that <see cref="AccessTokenRecord.JwtId"/>; null if there never was one, or it was revoked. An expired one may be there still.</summary>
    ValueTask<AccessTokenRecord?> FindAsync(string jwtId, CancellationToken ct);

    /// <summary>
    /// Revokes, for good; returns how many living tokens that were. If the selection names an ID-JAG, it is remembered until <paramref name="idJagEndsAt"/>, when no token can
    /// come from it any more.
    /// </summary>
    ValueTask<int> RevokeAsync(AccessTokenSelection selection, DateTimeOffset idJagEndsAt, CancellationToken ct);
}
