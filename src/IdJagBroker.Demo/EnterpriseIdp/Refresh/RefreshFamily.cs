using IdJagBroker.Demo.EnterpriseIdp.Sessions;

namespace IdJagBroker.Demo.EnterpriseIdp.Refresh;

/// <summary>The refresh tokens that follow from one sign-in of one client; the newest is good, every other one betrays a thief (RFC 9700 §4.14.2).</summary>
internal sealed class RefreshFamily(IdpClient client, IdpSession session, Authentication authentication, string scope)
{
    /// <summary>Whose tokens these are.</summary>
    public IdpClient Client { get; } = client;

    /// <summary>The session that they come from.</summary>
    public IdpSession Session { get; } = session;

    /// <summary>The sign-in that they come from.</summary>
    public Authentication Authentication { get; } = authentication;

    /// <summary>What was granted, space-separated.</summary>
    public string Scope { get; } = scope;

    /// <summary>The token that is good.</summary>
    public string Current { get; set; } = RandomName.Create();

    /// <summary>Until when it is.</summary>
    public DateTimeOffset Expires { get; set; }

    /// <summary>Whether one was used twice, so that none is good any more.</summary>
    public bool IsRevoked { get; set; }
}
