using System.Net;
using System.Text;

namespace IdJagBroker.Tests.Clients;

/// <summary>What the registry does with bodies that nobody honest sends: a problem document that names the member, and never a 5xx.</summary>
public sealed class RegistryBodyTests(RegistryFixture registry) : IClassFixture<RegistryFixture>
{
    private RegistryBroker Broker => registry.Broker;

    [Theory]
    [InlineData("""{}""", "/alias")]
    [InlineData("""{"alias":null}""", "/alias")]
    [InlineData("""{"alias":1}""", "/alias")]
    [InlineData("""{"alias":["notes"]}""", "/alias")]
    [InlineData("""{"alias":""}""", "/alias")]
    [InlineData("""{"alias":"no tes"}""", "/alias")]
    [InlineData("""{"alias":"notes\u0000"}""", "/alias")]
    [InlineData("""{"alias":"\ud800"}""", "/alias")]
    [InlineData("""{"alias":"notes\n"}""", "/alias")]
    [InlineData("""{"alias":"notes","client_ids":[]}""", "/client_ids")]
    [InlineData("""{"alias":"notes","client_ids":"x"}""", "/client_ids")]
    [InlineData("""{"alias":"notes","client_ids":[1]}""", "/client_ids")]
    [InlineData("""{"alias":"notes","client_ids":[""]}""", "/client_ids")]
    [InlineData("""{"alias":"notes","client_ids":["a","a"]}""", "/client_ids")]
    [InlineData("""{"alias":"notes","client_ids":["a b"]}""", "/client_ids")]
    [InlineData("""{"alias":"notes","client_ids":["a\u0000"]}""", "/client_ids")]
    [InlineData("""{"alias":"notes","client_ids":["ä"]}""", "/client_ids")]
    [InlineData("""{"alias":"notes","client_ids":["https://client.example/metadata"]}""", "/client_ids")]
    [InlineData("""{"alias":"notes","client_ids":["HTTPS://client.example/metadata"]}""", "/client_ids")]
    [InlineData("""{"alias":"notes","client_ids":["1","2","3","4","5","6","7","8","9"]}""", "/client_ids")]
    [InlineData("""{"alias":"notes","enabled":"true"}""", "/enabled")]
    [InlineData("""{"alias":"notes","enabled":1}""", "/enabled")]
    [InlineData("""{"alias":"notes","enabled":null}""", "/enabled")]
    [InlineData("""{"alias":"notes","trust":"internal"}""", "/trust")]
    [InlineData("""{"alias":"notes","Enabled":true}""", "/Enabled")]
    [InlineData("""{"alias":"notes","a/b~c":true}""", "/a~1b~0c")]
    [InlineData("""{"alias":"notes","alias":"spare"}""", null)]
    [InlineData("""{"alias":"notes","\u0061lias":"spare"}""", null)]
    [InlineData("""{"alias":"notes","\ud800":1}""", null)]
    [InlineData("""{"alias":"notes"} x""", null)]
    [InlineData("""{"alias":"notes",}""", null)]
    [InlineData("""{"alias":"notes"/* */}""", null)]
    [InlineData("""["notes"]""", null)]
    [InlineData("null", null)]
    [InlineData("", null)]
    [InlineData(" ", null)]
    public async Task Refuses_a_bad_registration_and_names_the_member(string body, string? pointer)
    {
        await registry.ClearAsync();
        var answer = await Broker.PostAsync("clients", body);

        if (body.Length is 0) answer.IsProblem(HttpStatusCode.BadRequest, "invalid-request");
        else answer.IsProblem(HttpStatusCode.BadRequest, "invalid-request", pointer);
        Assert.Equal("unregistered", (string?)(await Broker.GetAsync("clients/notes")).Body["state"]);
    }

    [Theory]
    [InlineData("clients/notes/secrets", """{"secret":1}""", "/secret")]
    [InlineData("clients/notes/secrets", """{"secret":null}""", "/secret")]
    [InlineData("clients/notes/secrets", """{"secret":"short"}""", "/secret")]
    [InlineData("clients/notes/secrets", """{"expires_at":"2020-01-01T00:00:00Z"}""", "/expires_at")]
    [InlineData("clients/notes/secrets", """{"expires_at":"tomorrow"}""", "/expires_at")]
    [InlineData("clients/notes/secrets", """{"expires_at":"2999-99-01T00:00:00Z"}""", "/expires_at")]
    [InlineData("clients/notes/secrets", """{"expires_at":4102444800}""", "/expires_at")]
    [InlineData("clients/notes/secrets", """{"secrets":"an-imported-secret-of-32-characters"}""", "/secrets")]
    [InlineData("clients/notes", """{"enabled":true}""", "/client_ids")]
    [InlineData("clients/notes", """{"client_ids":["x"]}""", "/enabled")]
    [InlineData("clients/notes", """{"client_ids":["x"],"enabled":true,"alias":"other"}""", "/alias")]
    [InlineData("clients/robot/jwks", """{}""", "/keys")]
    [InlineData("clients/robot/jwks", """{"keys":{}}""", "/keys")]
    [InlineData("clients/robot/jwks", """{"keys":[]}""", "/keys")]
    [InlineData("clients/robot/jwks", """{"keys":[1]}""", "/keys/0")]
    [InlineData("clients/robot/jwks", """{"keys":[{"kty":"oct"}]}""", "/keys/0")]
    [InlineData("clients/robot/jwks", """{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}""", "/keys/0")]
    [InlineData("clients/robot/jwks", """{"keys":[{"kty":"EC","kid":"\ud800"}]}""", "/keys/0")]
    [InlineData("clients/robot/jwks", """{"keys":[{}],"kid":"x"}""", "/kid")]
    public async Task Refuses_a_bad_change_and_names_the_member(string path, string body, string pointer)
    {
        var alias = path.Split('/')[1];
        await registry.RegisterAsync(alias, withSecret: false);
        var tag = await Broker.TagAsync(alias);

        (await Broker.AdminAsync(path.EndsWith("secrets", StringComparison.Ordinal) ? HttpMethod.Post : HttpMethod.Put, path, body, tag))
            .IsProblem(HttpStatusCode.BadRequest, "invalid-request", pointer);
        Assert.Equal(tag, await Broker.TagAsync(alias));
    }

    [Fact]
    public async Task Refuses_what_is_not_json_too_large_or_too_deep()
    {
        (await Broker.AdminAsync(HttpMethod.Post, "clients", """{"alias":"notes"}""", contentType: "text/plain")).IsProblem(HttpStatusCode.UnsupportedMediaType, "not-json");
        (await Broker.AdminAsync(HttpMethod.Post, "clients", """{"alias":"notes"}""", contentType: "application/json; charset=utf-16")).IsProblem(HttpStatusCode.UnsupportedMediaType, "not-json");
        var large = $$"""{"alias":"notes","x":"{{new string('x', 70_000)}}"}""";
        (await Broker.PostAsync("clients", large)).IsProblem(HttpStatusCode.RequestEntityTooLarge, "too-large");
        using var chunked = new StreamContent(new Unseekable(Encoding.UTF8.GetBytes(large))) { Headers = { { "Content-Type", "application/json" } } };
        (await Broker.AdminAsync(HttpMethod.Post, "clients", chunked, null)).IsProblem(HttpStatusCode.RequestEntityTooLarge, "too-large");
        (await Broker.PostAsync("clients", $$"""{"alias":{{new string('[', 30_000)}}""")).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
        using var latin = new ByteArrayContent([.. "{\"alias\":\""u8, 0xff, .. "\"}"u8]) { Headers = { { "Content-Type", "application/json" } } };
        (await Broker.AdminAsync(HttpMethod.Post, "clients", latin, null)).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
    }

    [Fact]
    public async Task Answers_a_broken_chunk_with_a_problem_and_ends_the_connection()
    {
        foreach (var body in new[] { "5\r\nabcde\r\nzz\r\n", "ffffffffffffffff\r\n" })
        {
            using var client = new System.Net.Sockets.TcpClient();
            await client.ConnectAsync(Broker.Management.Host, Broker.Management.Port);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                $"POST /admin/v1/clients HTTP/1.1\r\nHost: {Broker.Management.Authority}\r\nAuthorization: Bearer {BrokerFixture.ManagementToken}\r\n"
                + $"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{body}"));
            var answer = await new StreamReader(client.GetStream()).ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(10));
            Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
            Assert.Contains("urn:idjag:problem:unreadable", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Never_fails_on_a_mangled_body()
    {
        const string good = """{"alias":"notes","client_ids":["a","b"],"enabled":true}""";
        var random = new Random(4711);
        for (var i = 0; i < 300; i++)
        {
            var bytes = Encoding.UTF8.GetBytes(good);
            for (var flips = random.Next(1, 4); flips > 0; flips--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            using var content = new ByteArrayContent(bytes[..random.Next(1, bytes.Length + 1)]) { Headers = { { "Content-Type", "application/json" } } };
            var answer = await Broker.AdminAsync(HttpMethod.Post, "clients", content, null);
            Assert.InRange((int)answer.Status, 200, 499);
        }
    }

    private sealed class Unseekable(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
