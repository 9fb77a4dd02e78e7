using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IdJagBroker.McpAuthorization.Tests.Support;

/// <summary>A request with each header in a line of its own: the platform's client joins the values of one name.</summary>
public static class RawHttp
{
    /// <summary>The whole answer, head and body.</summary>
    public static async Task<string> PostAsync(int port, string path, string contentType, string body, params IEnumerable<string> headers)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {contentType}\r\nContent-Length: {body.Length}\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n{body}"));
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }
}
