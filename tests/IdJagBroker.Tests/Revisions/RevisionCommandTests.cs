using System.CommandLine;
using System.Net;
using System.Text.Json.Nodes;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Commands;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Revisions;

/// <summary><c>idjag policy publish | approve | reject | rollback | history | status</c>, against a running broker.</summary>
public sealed class RevisionCommandTests(BrokerPostgres postgres) : IAsyncLifetime
{
    private readonly BrokerFixture _broker = new(postgres);

    private RevisionDesk Desk => field ??= new(_broker);

    public async ValueTask InitializeAsync() => await _broker.StartAsync([RevisionDesk.Database], changeCatalog: RevisionDesk.Administrators);

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    private async Task<(int Status, string Output, string Error)> RunAsync(string? by, params string[] words)
    {
        var token = Path.Combine(_broker.State, "token");
        await File.WriteAllTextAsync(token, by is null ? BrokerFixture.ManagementToken : await Desk.TokenAsync(by));
        using var output = new StringWriter();
        using var error = new StringWriter();
        var status = await PolicyCommand.Create().Parse([.. words, "--url", _broker.Management.ToString(), "--token-file", token])
            .InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output, Error = error });
        return (status, output.ToString(), error.ToString());
    }

    [Fact]
    public async Task A_policy_is_published_approved_and_taken_back()
    {
        Assert.Equal((0, "Release 1 of sha256:" + Desk.Revision()[7..19] + " by management-token: pending.\n", ""), await RunAsync(null, "publish", Desk.Folder, "--comment", "First", "--ticket", "SEC-1"));
        Assert.Equal((0, "Release 1 of sha256:" + Desk.Revision()[7..19] + " by management-token: active.\n", ""), await RunAsync(null, "approve", "1"));
        Assert.True(await Desk.MayCommentAsync());

        await Desk.WriteAsync("10-rules.yaml", RevisionDesk.Rules(comment: false));
        var (status, json, _) = await RunAsync("ana", "publish", Desk.Folder, "--base", "1", "--output", "json");
        Assert.Equal((0, 2, "pending"), (status, (int)JsonNode.Parse(json)!["number"]!, (string?)JsonNode.Parse(json)!["state"]));
        var own = await RunAsync("ana", "approve", "2");
        Assert.Equal((6, "You published this release; somebody else approves it.\n"), (own.Status, own.Error));
        Assert.Equal(6, (await RunAsync("bob", "approve", "2", "--revision", "sha256:" + new string('0', 64))).Status);
        Assert.Equal(0, (await RunAsync("bob", "approve", "2", "--revision", Desk.Revision())).Status);
        Assert.False(await Desk.MayCommentAsync());

        Assert.Equal(0, (await RunAsync("bob", "rollback", "1", "--reason", "It broke the editor")).Status);
        Assert.Equal(0, (await RunAsync("ana", "reject", "3", "--reason", "Mend it instead")).Status);
        var history = await RunAsync("ana", "history");
        Assert.Equal(0, history.Status);
        var lines = history.Output.Split('\n');
        Assert.StartsWith("NUMBER  STATE", lines[0], StringComparison.Ordinal);
        Assert.Contains("rejected", lines[1], StringComparison.Ordinal);
        Assert.Matches(@"^2 +active +sha256:[0-9a-f]{12} +ana +bob ", lines[2]);
        Assert.Contains("SEC-1", lines[3], StringComparison.Ordinal);
        await RevisionDesk.UntilAsync(async () => (await RunAsync("ana", "status")).Output.Contains("converged: 1 of 1", StringComparison.Ordinal));
        var now = await RunAsync("ana", "status");
        Assert.Contains("release 2", now.Output, StringComparison.Ordinal);
        Assert.Contains("reload    ok", now.Output, StringComparison.Ordinal);
        Assert.Equal(Desk.Revision(), (string?)JsonNode.Parse((await RunAsync("ana", "status", "--output", "json")).Output)!["revision"]);
    }

    [Fact]
    public async Task What_the_broker_refuses_is_said_in_its_place_and_is_status_6()
    {
        await Desk.SeedAsync();
        await Desk.WriteAsync("10-rules.yaml", RevisionDesk.Rules(comment: true).Replace("tickets:comment]", "tickets:coment]", StringComparison.Ordinal));
        var invalid = await RunAsync("ana", "publish", Desk.Folder);
        Assert.Equal(6, invalid.Status);
        Assert.Matches(@"10-rules\.yaml:\d+:\d+ error SCOPE_UNKNOWN  'tickets:coment'", invalid.Error);
        await Desk.WriteAsync("10-rules.yaml", RevisionDesk.Rules(comment: false));
        var raced = await RunAsync("ana", "publish", Desk.Folder, "--base", "0");
        Assert.Equal((6, "It has changed since it was read; read it again.\n"), (raced.Status, raced.Error));
        Assert.Equal(6, (await RunAsync("cal", "approve", "1")).Status);
        Assert.Equal(6, (await RunAsync("ana", "approve", "9")).Status);
        Assert.Equal(3, (await RunAsync("ana", "publish", Path.Combine(Desk.Folder, "nowhere"))).Status);
    }

    [Fact]
    public async Task What_cannot_be_asked_is_said_before()
    {
        async Task<string> RefusalAsync(params string[] words) => (await Assert.ThrowsAsync<StartupFailedException>(() =>
            PolicyCommand.Create().Parse(words).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false }))).Message;
        Assert.Contains("Give --url", await RefusalAsync("status"), StringComparison.Ordinal);
        Assert.Contains("'--nope'", await RefusalAsync("status", "--nope"), StringComparison.Ordinal);
        var token = Path.Combine(_broker.State, "t");
        await File.WriteAllTextAsync(token, "t");
        Assert.Contains("cannot be reached", await RefusalAsync("status", "--url", $"http://127.0.0.1:{IdJagBroker.Shared.FreePort.Next()}", "--token-file", token), StringComparison.Ordinal);
    }
}
