namespace IdJagBroker.McpAuthorization;

/// <summary>Makes the access token, once everything is decided. Replace it to issue through an authorization server that you already have.</summary>
public interface IAccessTokenIssuer
{
    /// <summary>
    /// Issues. What it throws becomes a 500, and the use of the ID-JAG does not count (RAS-22). So does a token that is not bound to the key of
    /// <see cref="AccessTokenGrant.KeyThumbprint"/>, by what <see cref="IssuedAccessToken.KeyThumbprint"/> says.
    /// </summary>
    ValueTask<IssuedAccessToken> IssueAsync(AccessTokenGrant grant, CancellationToken ct);
}
