using IdJagBroker.Demo.EnterpriseIdp.Shapes;

namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>An application that is registered at the provider.</summary>
/// <param name="ClientId">Its id here; what its ID Tokens carry as <c>aud</c>.</param>
/// <param name="Secret">Its secret; there are no public clients here.</param>
/// <param name="RedirectUris">Where codes may be sent, compared as strings (RFC 9700 §2.1).</param>
internal sealed record IdpClient(string ClientId, string Secret, params IReadOnlyList<string> RedirectUris)
{
    /// <summary>The shape of this application's ID Tokens, if it differs from the provider's.</summary>
    public IdTokenShape? Shape { get; init; }

    /// <summary>Whether it may get refresh tokens; if not, its wish for <c>offline_access</c> is passed over.</summary>
    public bool MayStayOffline { get; init; } = true;

    /// <summary>Names the client, never its secret.</summary>
    public override string ToString() => ClientId;
}
