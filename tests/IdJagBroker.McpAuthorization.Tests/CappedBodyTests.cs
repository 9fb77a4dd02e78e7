using System.Net.Sockets;
using System.Text;
using IdJagBroker.McpAuthorization.Tests.Support;

namespace IdJagBroker.McpAuthorization.Tests;

/// <summary>Bodies whose framing is broken, sent by hand: a 4xx, and the server goes on.</summary>
public sealed class CappedBodyTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>
{
    [Theory]
    [InlineData("/token", "application/x-www-form-urlencoded", "5\r\nabcde\r\nzz\r\n")]
    [InlineData("/token", "application/x-www-form-urlencoded", "ffffffffffffffff\r\n")]
    [InlineData("/v1/mcp", "application/json", "5\r\nabcde\r\nzz\r\n")]
    [InlineData("/v1/mcp", "application/json", "ffffffffffffffff\r\n")]
    public async Task Answers_broken_chunks_with_a_4xx(string path, string contentType, string body)
    {
        await using var ras = await Ras.StartAsync(broker);
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", ras.Http.BaseAddress!.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ras.AccessToken().Encode()}\r\nContent-Type: {contentType}\r\nTransfer-Encoding: chunked\r\n\r\n{body}"));

        Assert.StartsWith("HTTP/1.1 4", await new StreamReader(client.GetStream()).ReadLineAsync(), StringComparison.Ordinal);
        (await ras.RedeemAsync(broker.IdJag())).AssertIssued();
    }
}
