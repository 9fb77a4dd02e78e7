using System.Collections.Immutable;

namespace IdJagBroker.Demo.EnterpriseIdp.Sessions;

/// <summary>A person who is signed in with one browser; what <c>sid</c> names (OpenID Connect Back-Channel Logout §2.1).</summary>
internal sealed class IdpSession(string personId, Authentication authentication, DateTimeOffset expires)
{
    private ImmutableHashSet<string> _clientIds = [];
    private Authentication _authentication = authentication;
    private volatile bool _isEnded;

    /// <summary>The <c>sid</c>. It is in tokens, so it is not what the cookie holds.</summary>
    public string Id { get; } = RandomName.Create();

    /// <summary>Whose it is.</summary>
    public string PersonId { get; } = personId;

    /// <summary>The latest sign-in.</summary>
    public Authentication Authentication => Volatile.Read(ref _authentication);

    /// <summary>When it no longer answers for the person; what it has given lives on.</summary>
    public DateTimeOffset Expires { get; private set; } = expires;

    /// <summary>Whether she signed out, or was: what it has given is worth nothing any more.</summary>
    public bool IsEnded => _isEnded;

    /// <summary>The applications that got tokens in it.</summary>
    public IEnumerable<string> ClientIds => Volatile.Read(ref _clientIds);

    /// <summary>The same person has signed in again.</summary>
    public void Renew(Authentication authentication, DateTimeOffset expires)
    {
        Volatile.Write(ref _authentication, authentication);
        Expires = expires;
    }

    /// <summary>Remembers whom to tell when it ends.</summary>
    public void GaveTokensTo(string clientId) => ImmutableInterlocked.Update(ref _clientIds, ids => ids.Add(clientId));

    /// <summary>Ends it.</summary>
    public void End() => _isEnded = true;
}
