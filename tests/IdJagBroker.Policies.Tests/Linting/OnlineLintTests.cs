using IdJagBroker.Policies.Commands;
using IdJagBroker.Tests.Policies.Commands;

namespace IdJagBroker.Tests.Policies.Linting;

/// <summary><c>idjag policy validate --online</c>: what the authorization servers say, over real HTTP.</summary>
public sealed class OnlineLintTests : IDisposable
{
    private const string All = "\"doc:read\", \"doc:write\", \"admin\", \"repo:read\", \"repo:write\"";

    private readonly PolicyFolderFixture _folder = new();

    public void Dispose() => _folder.Dispose();

    private async Task<string[]> Warnings(string issuer, params string[] options)
    {
        _folder.With("00.yaml", Acme.Catalog.Replace("https://auth.acme.example", issuer, StringComparison.Ordinal).Replace("{issuer: \"https://auth.other.example\"}", "{issuer: \"https://auth.other.example\", enabled: false}", StringComparison.Ordinal))
            .With("10.yaml", Acme.PolicyHead + Acme.Rule);
        var run = await CommandRun.Of(ValidateCommand.Create(), [_folder.Root, "--allow-loopback-http", "--strict", .. options]);
        var warnings = run.Error.Split('\n').Where(line => line.Contains(" warning ", StringComparison.Ordinal)).ToArray();
        Assert.Equal(warnings.Length is 0 ? 0 : 3, run.Status);
        return warnings;
    }

    private static string Metadata(string issuer, string scopes) => $$"""{"issuer": "{{issuer}}", "scopes_supported": [{{scopes}}], "token_endpoint": "x"}""";

    [Theory]
    [InlineData("", "/.well-known/oauth-authorization-server")]
    [InlineData("", "/.well-known/openid-configuration")]
    [InlineData("/eu", "/.well-known/oauth-authorization-server/eu")]
    [InlineData("/eu", "/eu/.well-known/openid-configuration")]
    public async Task Is_quiet_where_all_scopes_are_listed(string path, string at)
    {
        await using var server = await PublishingServer.StartAsync(path, issuer => Metadata(issuer, All), at);
        Assert.Empty(await Warnings(server.Issuer, "--online"));
        Assert.Equal(at, server.Asked[^1]);
    }

    [Fact]
    public async Task Warns_of_a_scope_that_the_server_does_not_list()
    {
        await using var server = await PublishingServer.StartAsync("", issuer => Metadata(issuer, All.Replace("doc:write", "doc:wrote", StringComparison.Ordinal)));
        Assert.Equal(["policies/00.yaml:17:77 warning SCOPE_NOT_AT_AS  'doc:write' of wiki is not among the scopes that acme publishes (did they mean 'doc:wrote'?)"], await Warnings(server.Issuer, "--online"));
    }

    [Fact]
    public async Task Does_not_guess_where_the_server_lists_no_scopes()
    {
        await using var server = await PublishingServer.StartAsync("", issuer => $$"""{"issuer": "{{issuer}}"}""");
        Assert.Empty(await Warnings(server.Issuer, "--online"));
    }

    [Theory]
    [InlineData("""{"issuer": "https://elsewhere.example", "scopes_supported": []}""", 200, "it is another issuer's")]
    [InlineData("""{"issuer": """, 200, "it is malformed")]
    [InlineData("""{"scopes_supported": []}""", 200, "it is malformed")]
    [InlineData("[]", 200, "it is malformed")]
    [InlineData("""{"issuer": "ISSUER", "scopes_supported": "read write"}""", 200, "it is malformed")]
    [InlineData("""{"issuer": "ISSUER", "scopes_supported": [1]}""", 200, "it is malformed")]
    [InlineData("", 404, "it publishes none")]
    [InlineData("", 503, "HTTP 503")]
    [InlineData("", 302, "HTTP 302")]
    public async Task Warns_where_the_metadata_cannot_be_read(string document, int status, string why)
    {
        await using var server = await PublishingServer.StartAsync("", issuer => document.Replace("ISSUER", issuer, StringComparison.Ordinal), status: status);
        Assert.Equal([$"policies/00.yaml:14:10 warning METADATA_UNREACHABLE  the metadata of acme cannot be read: {why}"], await Warnings(server.Issuer, "--online"));
    }

    [Fact]
    public async Task Warns_where_nobody_answers_and_where_nobody_may_be_asked()
    {
        Assert.StartsWith("policies/00.yaml:14:10 warning METADATA_UNREACHABLE  the metadata of acme cannot be read: ", Assert.Single(await Warnings("http://127.0.0.1:1", "--online")), StringComparison.Ordinal);
        // An address within the enterprise is asked only if that is said.
        Assert.Contains("The host has no address that may be connected to", Assert.Single(await Warnings("https://10.255.255.1:1", "--online")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Asks_nobody_unless_told_to()
    {
        await using var server = await PublishingServer.StartAsync("", issuer => Metadata(issuer, ""));
        Assert.Empty(await Warnings(server.Issuer));
        Assert.Empty(server.Asked);
    }
}
