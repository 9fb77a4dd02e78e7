using IdJagBroker.Discovery;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;

namespace IdJagBroker.SignIn.Authorize;

/// <summary>Where the pages and endpoints of sign-in are, all under the issuer's path.</summary>
internal static class SignInPaths
{
    public const string Authorize = "/authorize";
    public const string Callback = "/signin/callback/{idp}";
    public const string With = "/signin/with/{idp}";
    public const string Ways = "/signin/ways";
    public const string Continue = "/signin/continue";
    public const string Return = "/signin/return";
    public const string UserInfo = "/userinfo";
    public const string Revoke = "/oauth2/revoke";
    public const string Logout = "/logout";
    public const string BackChannelLogout = "/signin/backchannel-logout/{idp}";
    public const string ProviderKeys = "/signin/jwks";

    /// <summary>Where a provider sends people back to: an address for each, so that an answer cannot be taken for another provider's (RFC 9700 §4.4.2.2).</summary>
    public static string CallbackOf(Issuer issuer, CatalogIdp idp) => EndpointPaths.Absolute(issuer, $"/signin/callback/{Uri.EscapeDataString(idp.Alias)}");

    /// <summary>The link that begins at a provider.</summary>
    public static string WithProvider(Issuer issuer, CatalogIdp idp, string attempt) => EndpointPaths.Under(issuer, $"/signin/with/{Uri.EscapeDataString(idp.Alias)}?attempt={attempt}");

    /// <summary>The link to the page where people choose.</summary>
    public static string WaysOf(Issuer issuer, string attempt) => EndpointPaths.Under(issuer, $"{Ways}?attempt={attempt}");

    /// <summary>The link by which a person gives up, and the application hears of it.</summary>
    public static string ReturnOf(Issuer issuer, string attempt) => EndpointPaths.Under(issuer, $"{Return}?attempt={attempt}");
}
