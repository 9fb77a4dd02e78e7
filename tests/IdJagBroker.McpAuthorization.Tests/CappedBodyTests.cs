using System.Net.Sockets;
using System.Text;
using IdJagBroker.McpAuthorization.Tests.Support;
using Microsoft.AspNetCore.Http;

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

    [Theory]
    [InlineData(0), InlineData(1), InlineData(64 * 1024), InlineData((64 * 1024) + 1), InlineData(100_000)]
    public async Task Reads_all_of_a_body_whether_its_length_is_known_or_not(int length)
    {
        var sent = new byte[length];
        new Random(1).NextBytes(sent);
        Assert.Equal(sent, await CappedBody.ReadAsync(Request(sent, length), 100_000, default));
        Assert.Equal(sent, await CappedBody.ReadAsync(Request(sent, null), 100_000, default));
        Assert.Null(await CappedBody.ReadAsync(Request([.. sent, 1], length + 1), length, default));
        Assert.Null(await CappedBody.ReadAsync(Request([.. sent, 1], null), length, default));
    }

    [Fact]
    public async Task Refuses_a_body_that_ends_before_the_length_that_it_has() =>
        Assert.Equal(400, (await Assert.ThrowsAsync<BadHttpRequestException>(() => CappedBody.ReadAsync(Request([1, 2], 3), 100, default))).StatusCode);

    private static HttpRequest Request(byte[] body, long? length)
    {
        var request = new DefaultHttpContext().Request;
        (request.Body, request.ContentLength) = (new MemoryStream(body), length);
        return request;
    }
}
