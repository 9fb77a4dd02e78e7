using IdJagBroker.Demo.EnterpriseIdp.Shapes;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>An application that is registered at the provider.</summary>
/// <param name="ClientId">Its id here; what its ID Tokens carry as <c>aud</c>.</param>
/// <param name="Secret">Its secret; null if it signs assertions instead. There are no public clients here.</param>
/// <param name="RedirectUris">Where codes may be sent, compared as strings (RFC 9700 §2.1).</param>
internal sealed record IdpClient(string ClientId, string? Secret, params IReadOnlyList<string> RedirectUris)
{
    /// <summary>The shape of this application's ID Tokens, if it differs from the provider's.</summary>
    public IdTokenShape? Shape { get; init; }

    /// <summary>
    /// The one way that it is registered to prove itself in; null: by its secret either way, or by an assertion if it has keys.
    /// </summary>
    public ClientAuthenticationMethod? AuthenticatesBy { get; init; }

    /// <summary>The keys that it signs assertions with.</summary>
    public JsonWebKeySet? Keys { get; init; }

    /// <summary>Where it publishes them instead, on this machine.</summary>
    public Uri? JwksUri { get; init; }

    /// <summary>Whether it may get refresh tokens; if not, its wish for <c>offline_access</c> is passed over.</summary>
    public bool MayStayOffline { get; init; } = true;

    /// <summary>Where people may go after they have signed out, compared as strings.</summary>
    public IReadOnlyList<string> PostLogoutRedirectUris { get; init; } = [];

    /// <summary>Where it hears that a session has ended; null: it does not.</summary>
    public Uri? BackChannelLogoutUri { get; init; }

    /// <summary>Names the client, never its secret.</summary>
    public override string ToString() => ClientId;
}
