using System.Net;
using System.Net.Sockets;

namespace IdJagBroker.Shared;

/// <summary>
/// A port of 127.0.0.1 that was free a moment ago: below those that the system gives to outgoing connections, one of which could take it
/// meanwhile.
/// </summary>
internal static class FreePort
{
    private const int First = 10_000;
    private const int Count = 20_000;
    private static int _next = Random.Shared.Next(Count);       // programs that run side by side start apart

    public static int Next()
    {
        while (true)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _next) % Count);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // somebody has it
            }
        }
    }
}
