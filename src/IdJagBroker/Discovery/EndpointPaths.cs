using IdJagBroker.Protocol;

namespace IdJagBroker.Discovery;

/// <summary>Endpoints live under the issuer's path, if it has one.</summary>
internal static class EndpointPaths
{
    public static string Under(Issuer issuer, string path) => issuer.Url.AbsolutePath.TrimEnd('/') + path;

    public static string Absolute(Issuer issuer, string path) => issuer.Value.TrimEnd('/') + path;
}
