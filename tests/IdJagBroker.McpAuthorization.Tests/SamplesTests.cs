using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.McpAuthorization.Tests.Support;

namespace IdJagBroker.McpAuthorization.Tests;

/// <summary>The samples, as a vendor would start them.</summary>
public sealed class SamplesTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>
{
    [Fact, Trait("Spec", "RAS-02"), Trait("Spec", "RS-13")]
    public async Task A_plain_server_redeems_and_guards_its_tools()
    {
        await using var sample = await Sample.StartAsync("PlainServer", "--Broker=" + broker.Issuer);
        var token = await RedeemAsync(sample, sample.Address, sample.Address + "/mcp", "tickets:read");

        Assert.Equal((200, "T-1: printer on fire; T-2: coffee cold"), await sample.CallAsync("/mcp", token, "tickets.list"));
        Assert.Equal(200, (await sample.CallAsync("/mcp", token, "help")).Status);
        Assert.Equal(403, (await sample.CallAsync("/mcp", token, "tickets.close")).Status);
        Assert.Equal(403, (await sample.CallAsync("/mcp", token, "Drop")).Status);
        Assert.Equal(401, (await sample.CallAsync("/mcp", "x", "tickets.list")).Status);
        Assert.StartsWith("closed by ", (await sample.CallAsync("/mcp", await RedeemAsync(sample, sample.Address, sample.Address + "/mcp", "tickets:read tickets:close"), "tickets.close")).Text, StringComparison.Ordinal);
        Assert.Equal(200, (int)(await sample.Http.GetAsync(new Uri(sample.Address))).StatusCode);
    }

    [Fact]
    public void Enterprise_managed_authorization_takes_fewer_than_thirty_lines()
    {
        var lines = File.ReadAllLines(Path.Combine(Sample.Folder("PlainServer"), "Program.cs"));
        var (first, last) = (Array.FindIndex(lines, line => line.Contains("// 1", StringComparison.Ordinal)), Array.FindIndex(lines, line => line.Contains("// 5", StringComparison.Ordinal)));
        Assert.InRange(last - first + 1, 10, 29);
    }

    [Fact, Trait("Spec", "RS-04"), Trait("Spec", "RS-10")]
    public async Task Beside_a_server_that_cannot_change_both_ways_lead_to_the_tools_and_none_opens_the_other()
    {
        await using var existing = new LoopbackBroker();                   // stands for the vendor's server: keys and metadata, and tokens made here
        await existing.InitializeAsync();
        await using var sample = await Sample.StartAsync("BesideAServer", "--Broker=" + broker.Issuer, "--ExistingServer=" + existing.Issuer);
        var (now, mine) = (DateTimeOffset.UtcNow.ToUnixTimeSeconds(), existing.IdJag(DateTimeOffset.UtcNow));
        var before = new Draft(existing.Key, new JsonObject { ["alg"] = "ES256", ["typ"] = "at+jwt", ["kid"] = "bk-1" }, new JsonObject
        {
            ["iss"] = existing.Issuer, ["sub"] = "u1", ["aud"] = sample.Address + "/mcp", ["client_id"] = "old", ["iat"] = now, ["exp"] = now + 60, ["jti"] = "at-1", ["scope"] = "tickets:read",
        }).Encode();
        var token = await RedeemAsync(sample, sample.Address + "/enterprise", sample.Address + "/enterprise/mcp", "tickets:read");

        Assert.Equal((200, "u1 of " + existing.Issuer), await sample.CallAsync("/mcp", before, "list"));
        var (status, text) = await sample.CallAsync("/enterprise/mcp", token, "list");
        Assert.Equal((200, true), (status, text!.EndsWith($" of {sample.Address}/enterprise", StringComparison.Ordinal)));
        Assert.Equal(401, (await sample.CallAsync("/enterprise/mcp", before, "list")).Status);
        Assert.Equal(401, (await sample.CallAsync("/mcp", token, "list")).Status);
        Assert.Equal(401, (await sample.CallAsync("/mcp", mine.Encode(), "list")).Status);
        foreach (var (path, server) in new[] { ("/mcp", existing.Issuer), ("/enterprise/mcp", sample.Address + "/enterprise") })
            Assert.Equal(server, (string?)JsonNode.Parse(await sample.Http.GetStringAsync(new Uri(sample.Address + "/.well-known/oauth-protected-resource" + path)))!["authorization_servers"]![0]);
    }

    private async Task<string> RedeemAsync(Sample sample, string issuer, string resource, string scope)
    {
        var idJag = broker.IdJag(DateTimeOffset.UtcNow);
        (idJag.Claims["aud"], idJag.Claims["resource"], idJag.Claims["client_id"], idJag.Claims["scope"]) = (issuer, resource, "notes-app", scope);
        using var request = new HttpRequestMessage(HttpMethod.Post, issuer + "/token")
        {
            Content = new FormUrlEncodedContent([new("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), new("assertion", idJag.Encode())]),
        };
        request.Headers.TryAddWithoutValidation("Authorization", Ras.Basic("notes-app", Sample.Secret));
        return (await Answer.ReadAsync(await sample.Http.SendAsync(request))).AssertIssued().AccessToken;
    }

    /// <summary>A sample in a process of its own.</summary>
    private sealed class Sample(Process process, string address) : IAsyncDisposable
    {
        public const string Secret = "a-secret-of-the-samples-0123456789ab";

        public string Address { get; } = address;

        public HttpClient Http { get; } = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });

        public static string Folder(string name)
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
                if (File.Exists(Path.Combine(folder.FullName, "IdJagBroker.sln"))) return Path.Combine(folder.FullName, "samples", name);
            throw new DirectoryNotFoundException("IdJagBroker.sln is in no folder above the tests.");
        }

        public static async Task<Sample> StartAsync(string name, params string[] options)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var address = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
            listener.Stop();
            var process = Process.Start(new ProcessStartInfo("dotnet", ["exec", Path.Combine(Folder(name), "bin", "Release", "net10.0", name + ".dll"), "--urls", address, "--Address=" + address, .. options])
            {
                WorkingDirectory = Folder(name), RedirectStandardOutput = true, RedirectStandardError = true,
                Environment = { ["ASPNETCORE_ENVIRONMENT"] = "Development", ["NotesAppSecret"] = Secret },
            })!;
            var said = new StringBuilder();
            process.OutputDataReceived += (_, line) => { lock (said) said.AppendLine(line.Data); };
            process.ErrorDataReceived += (_, line) => { lock (said) said.AppendLine(line.Data); };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            var sample = new Sample(process, address);
            for (var i = 0; i < 600; i++)
            {
                Assert.False(process.HasExited, said.ToString());
                try
                {
                    using var response = await sample.Http.GetAsync(new Uri(address + "/"));
                    return sample;
                }
                catch (HttpRequestException)
                {
                    await Task.Delay(100);
                }
            }
            throw new TimeoutException($"{name} does not listen: {said}");
        }

        public async Task<(int Status, string? Text)> CallAsync(string path, string token, string tool)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, Address + path) { Content = new StringContent(Ras.Call(tool), new MediaTypeHeaderValue("application/json")) };
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
            using var response = await Http.SendAsync(request);
            var body = await response.Content.ReadAsStringAsync();
            return ((int)response.StatusCode, response.IsSuccessStatusCode ? (string?)JsonNode.Parse(body)!["result"]!["content"]![0]!["text"] : null);
        }

        public async ValueTask DisposeAsync()
        {
            Http.Dispose();
            if (!process.HasExited) process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }
}
