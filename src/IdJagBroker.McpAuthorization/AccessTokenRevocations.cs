using IdJagBroker.Protocol.Jws;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization;

/// <summary>
/// Revokes access tokens for an administrator or an event of yours (RAS-49): a person who left, a client that was broken into, an ID-JAG that should not have
/// been. At MCP servers that ask, and at those of this application, they end at once; a JWT that nobody asks about ends when it expires.
/// </summary>
public sealed class AccessTokenRevocations
{
    private readonly IAccessTokenStore _store;
    private readonly IdJagAuthorizationServerOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;

    internal AccessTokenRevocations(IAccessTokenStore store, IdJagAuthorizationServerOptions options, TimeProvider clock, ILogger<AccessTokenRevocations> logger) =>
        (_store, _options, _clock, _logger) = (store, options, clock, logger);

    /// <summary>Revokes, for good; returns how many living tokens that were.</summary>
    /// <exception cref="ArgumentException">Nothing is selected, or an ID-JAG without its issuer.</exception>
    /// <exception cref="InvalidOperationException">Access tokens are not recorded (<see cref="IdJagAuthorizationServerOptions.RecordAccessTokens"/>).</exception>
    public async Task<int> RevokeAsync(AccessTokenSelection selection, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(selection);
        if (!_options.KeepsRecords) throw new InvalidOperationException("Access tokens are not recorded, so none can be revoked.");
        if (selection.IsEmpty) throw new ArgumentException("Everything is not a selection.", nameof(selection));
        if (selection is { IdJagJwtId: not null, IdJagIssuer: null }) throw new ArgumentException("A jti is one issuer's: name it.", nameof(selection));
        // No ID-JAG that could be taken now lives longer: younger than this skew, it lives at most so long, and is taken that skew after its end.
        var revoked = await _store.RevokeAsync(selection, _clock.GetUtcNow() + _options.MaxIdJagLifetime + JwtTimes.Skew + JwtTimes.Skew, ct);
        Log.TokensRevoked(_logger, revoked, selection.IdJagIssuer, selection.IdJagJwtId, selection.ClientId, selection.Resource);
        return revoked;
    }
}
