using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Probe;
using IdJagBroker.Probe.Commands;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Shared;

namespace IdJagBroker.Tests.Probe;

/// <summary><c>idjag probe …</c> as a process: the key of a test, and an authorization server on our own library, which breaks no rule.</summary>
public sealed class ProbeCommandTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("idjag-probe").FullName;
    private readonly string _issuer = $"http://127.0.0.1:{FreePort.Next()}/tests";

    private sealed record Ran(int Status, string Output, string Error)
    {
        public Ran Is(int status)
        {
            Assert.True(Status == status, $"{Status}: {Output}{Error}");
            Assert.DoesNotContain(CarelessServer.Secret, Output + Error, StringComparison.Ordinal);
            return this;
        }
    }

    private string Key => Path.Combine(_directory, ProbeKeyCommand.KeyFile);

    private string SecretFile => Path.Combine(_directory, "secret.txt");

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(SecretFile, CarelessServer.Secret + "\n");
        (await RunAsync("key", "--issuer", _issuer, "--out", _directory)).Is(0);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static async Task<Ran> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "idjag.dll"), "probe", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new Ran(process.ExitCode, await output, await error);
    }

    private string[] Arguments(string server, params string[] more) =>
    [
        server, "--key", Key, "--issuer", _issuer, "--client-id", CarelessServer.Client, "--resource", CarelessServer.Resource, "--scope", "tickets:read tickets:comment", "--sub", "u-1", "--serve", .. more,
    ];

    [Theory, Trait("Spec", "RAS-07")]
    [InlineData("", false, false), InlineData("/tenants/acme", true, true)]
    public async Task Finds_no_rule_broken_at_a_server_on_our_library(string path, bool dpop, bool singleUse)
    {
        await using var server = await LibraryServer.StartAsync(_issuer, singleUse, path: path);
        var ran = (await RunAsync([.. Arguments(server.Url, "--client-secret-file", SecretFile, "--json"), .. dpop ? (string[])["--dpop"] : [], .. singleUse ? (string[])["--single-use"] : []])).Is(0);
        var json = JsonNode.Parse(ran.Output)!;
        string[] notPassed = [.. json["checks"]!.AsArray().Where(check => (string?)check!["outcome"] is not ("pass" or "skipped" or "info")).Select(check => check!.ToJsonString())];
        Assert.Empty(notPassed);
        string[] skipped = [.. json["checks"]!.AsArray().Where(check => (string?)check!["outcome"] is "skipped").Select(check => (string)check!["id"]!)];
        string[] unless = [.. dpop ? [] : (string[])["metadata.dpop-algorithms", "token.binding", .. ProbeChecks.All.Where(check => check.Group is "dpop").Select(check => check.Id)], .. singleUse ? [] : (string[])["good.reuse-at-once"], "metadata.auth-algorithms"];
        Assert.Equal(unless.Order(), skipped.Order());
    }

    [Fact]
    public async Task Authenticates_with_a_key_that_a_file_holds()
    {
        using var clientKey = PrivateKey.Make("client-1");
        var file = Path.Combine(_directory, "client.json");
        await using (var stream = new StreamWriter(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite })) await stream.WriteAsync(clientKey.RevealJwk());
        var keys = JsonWebKeySet.TryParse(Encoding.UTF8.GetBytes(new JsonObject { ["keys"] = new JsonArray(clientKey.PublicJwk.DeepClone()) }.ToJsonString()));
        await using var server = await LibraryServer.StartAsync(_issuer, clientKeys: keys);
        Assert.Contains("PASSED", (await RunAsync(Arguments(server.Url, "--client-key", file))).Is(0).Output, StringComparison.Ordinal);
        var refused = (await RunAsync(Arguments(server.Url, "--client-key", file, "--client-assertion-aud", "token-endpoint"))).Is(1);
        Assert.Contains("invalid_client", refused.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_which_rule_a_careless_server_breaks_and_how_to_mend_it()
    {
        await using var server = await CarelessServer.StartAsync("bad.aud-other");
        using var key = PrivateKey.Read(Key);
        (server.TrustedIssuer, server.Trusted) = (_issuer, key);
        var ran = (await RunAsync(Arguments(server.Url, "--client-secret-file", SecretFile, "--auth-method", "post", "--skip", "metadata,token"))).Is(1);
        Assert.Contains("fail bad.aud-other (MUST; RAS-15; ID-JAG §4.4.1)", ran.Output, StringComparison.Ordinal);
        Assert.Contains("Fix: Accept as aud this server's issuer identifier and nothing else", ran.Output, StringComparison.Ordinal);
        Assert.Contains("FAILED: ", ran.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("metadata.issuer", ran.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Makes_a_key_that_only_its_owner_reads_and_never_makes_it_twice()
    {
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Key));
        var published = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(_directory, "jwks.json")))!["keys"]!.AsArray();
        var jwk = Assert.Single(published)!.AsObject();
        Assert.False(jwk.ContainsKey("d"));
        var metadata = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(_directory, "oauth-authorization-server")))!;
        Assert.Equal((_issuer, _issuer + "/jwks.json"), ((string?)metadata["issuer"], (string?)metadata["jwks_uri"]));
        var before = await File.ReadAllTextAsync(Key);

        Assert.Contains("there already", (await RunAsync("key", "--issuer", _issuer, "--out", _directory)).Is(2).Error, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllTextAsync(Key));
        var d = (string)JsonNode.Parse(before)!["d"]!;
        var elsewhere = (await RunAsync("key", "--issuer", "https://probe.example", "--out", Path.Combine(_directory, "two"))).Is(0);
        Assert.Contains("https://probe.example/.well-known/oauth-authorization-server", elsewhere.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(d, elsewhere.Output, StringComparison.Ordinal);

        File.SetUnixFileMode(Key, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.Contains("0600", (await RunAsync(Arguments("https://as.example", "--public"))).Is(2).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Give one of", "--client-secret-file", "S", "--public"), InlineData("Give one of"), InlineData("No check is called 'bad.typo'", "--public", "--only", "bad.typo"), InlineData("There is no '--verbose' here", "--public", "--verbose")]
    [InlineData("--timeout", "--public", "--timeout", "0"), InlineData("--claim does not set aud", "--public", "--claim", "aud=x"), InlineData("NAME=VALUE", "--public", "--claim", "x"), InlineData("plain http is for loopback", "--public", "--token-endpoint", "http://as.example/token")]
    public async Task Says_what_is_wrong_with_the_command_line(string saying, params string[] more) =>
        Assert.Contains(saying, (await RunAsync(Arguments("https://as.example", [.. more.Select(word => word is "S" ? SecretFile : word)]))).Is(2).Error, StringComparison.Ordinal);

    [Theory]
    [InlineData("http://as.example"), InlineData("https://as.example?x"), InlineData("as.example")]
    public async Task Probes_nothing_that_is_no_issuer(string server) =>
        Assert.Contains("https URL", (await RunAsync(Arguments(server, "--public"))).Is(2).Error, StringComparison.Ordinal);

    [Fact, Trait("Spec", "SEC-16")]
    public async Task Calls_no_private_address_unless_it_is_said_to_be_one()
    {
        var ran = (await RunAsync(Arguments("https://10.255.255.1", "--public", "--timeout", "2"))).Is(2);
        Assert.Contains("--private-network", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_its_checks_and_the_documentation_has_them_all()
    {
        var listed = (await RunAsync("checks", "--format", "markdown")).Is(0).Output;
        Assert.Equal(ProbeChecksCommand.Table("markdown"), listed);
        var page = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "docs/how-to/probe-an-authorization-server.md"));
        var (begin, end) = (page.IndexOf("| check |", StringComparison.Ordinal), page.LastIndexOf("|\n", StringComparison.Ordinal));
        await File.WriteAllTextAsync(Path.Combine(AppContext.BaseDirectory, "probe-checks.actual"), listed);
        Assert.Equal(listed, page[begin..(end + 2)]);
    }
}
