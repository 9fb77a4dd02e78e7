using IdJagBroker.Policies;

namespace IdJagBroker.Upstreams.Profiles;

/// <summary>The profile of each kind of provider.</summary>
internal static class UpstreamProfiles
{
    private static readonly UpstreamProfile Oidc = new OidcProfile();
    private static readonly UpstreamProfile Entra = new EntraProfile();
    private static readonly UpstreamProfile Okta = new OktaProfile();
    private static readonly UpstreamProfile Google = new GoogleProfile();
    private static readonly UpstreamProfile Ping = new PingProfile();

    /// <exception cref="InvalidOperationException">A kind without a profile: a fault of ours.</exception>
    public static UpstreamProfile Of(IdpKind kind) => kind switch
    {
        IdpKind.Oidc => Oidc,
        IdpKind.Entra => Entra,
        IdpKind.Okta => Okta,
        IdpKind.Google => Google,
        IdpKind.Ping => Ping,
        _ => throw new InvalidOperationException($"No profile of {kind}."),
    };
}
