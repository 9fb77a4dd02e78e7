using IdJagBroker.Demo.EnterpriseIdp.Sessions;

namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>What an authorization code stands for: bound to the client, its redirect URI and its challenge by the request.</summary>
internal sealed record GrantedCode(AuthorizationRequest Request, IdpSession Session, Authentication Authentication)
{
    /// <summary>How long a code can be redeemed.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);
}
