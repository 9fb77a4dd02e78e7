using System.Net;
using System.Net.Sockets;

namespace IdJagBroker.Demo.Walk;

/// <summary>Who listens where.</summary>
/// <param name="Broker">The broker's issuer.</param>
/// <param name="Management">The broker's management port.</param>
/// <param name="Idp">The enterprise IdP's issuer.</param>
/// <param name="Notes">The issuer of the notes server's authorization server.</param>
/// <param name="Desktop">The desktop application, of the walk through the sign-in.</param>
internal sealed record DemoAddresses(string Broker, string Management, string Idp, string Notes, string Desktop)
{
    /// <summary>The wished ports where they are free.</summary>
    public static (DemoAddresses At, int IdpPort, int NotesPort) Choose(DemoOptions options)
    {
        var ports = Enumerable.Range(0, 5).Select(i => FreePort(options.FirstPort is 0 ? 0 : options.FirstPort + i)).ToArray();
        string Url(int port) => $"http://127.0.0.1:{port}";
        return (new DemoAddresses(Url(ports[0]), Url(ports[1]), Url(ports[2]) + options.Shape.IssuerPath, Url(ports[3]), Url(ports[4])), ports[2], ports[3]);
    }

    private static int FreePort(int wished)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, wished);
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }
        catch (SocketException) when (wished is not 0)
        {
            return FreePort(0);
        }
    }
}
