using IdJagBroker.Demo.EnterpriseIdp.Sessions;
using IdJagBroker.Protocol;

namespace IdJagBroker.Demo.EnterpriseIdp.Refresh;

/// <summary>The refresh tokens, used ones included.</summary>
internal sealed class RefreshTokens(IdpOptions options)
{
    private const int Capacity = 100_000;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, RefreshFamily> _families = new(StringComparer.Ordinal);

    /// <summary>The first token after a sign-in.</summary>
    public string Begin(IdpClient client, IdpSession session, Authentication authentication, string scope)
    {
        var family = new RefreshFamily(client, session, authentication, scope) { Expires = options.Clock.GetUtcNow() + options.RefreshTokenLifetime };
        lock (_gate) return Add(family);
    }

    /// <summary>What a token belongs to, used or not. Refuses with <c>invalid_grant</c>.</summary>
    public OAuthResult<RefreshFamily> Find(string name, IdpClient client)
    {
        lock (_gate)
        {
            if (!_families.TryGetValue(name, out var family)) return OAuthError.InvalidGrant("the refresh token is unknown");
            if (!string.Equals(family.Client.ClientId, client.ClientId, StringComparison.Ordinal))
                return OAuthError.InvalidGrant("the refresh token was issued to another client");
            if (family.IsRevoked) return OAuthError.InvalidGrant("a refresh token of this sign-in was used twice");
            return options.Clock.GetUtcNow() < family.Expires ? family : OAuthError.InvalidGrant("the refresh token has expired");
        }
    }

    /// <summary>Replaces a token that is being used. Refuses with <c>invalid_grant</c> one that was used before; it takes the whole family with it.</summary>
    public OAuthResult<string> Rotate(RefreshFamily family, string name)
    {
        lock (_gate)
        {
            family.IsRevoked |= !string.Equals(family.Current, name, StringComparison.Ordinal);
            if (family.IsRevoked) return OAuthError.InvalidGrant("the refresh token was used before");
            family.Current = RandomName.Create();
            family.Expires = options.Clock.GetUtcNow() + options.RefreshTokenLifetime;
            return Add(family);
        }
    }

    private string Add(RefreshFamily family)
    {
        if (_families.Count >= Capacity)
            foreach (var (name, _) in _families.Where(entry => IsDead(entry.Value)).ToList()) _families.Remove(name);
        _families.Add(family.Current, family);
        return family.Current;
    }

    private bool IsDead(RefreshFamily family) => family.IsRevoked || family.Session.IsEnded || options.Clock.GetUtcNow() >= family.Expires;
}
