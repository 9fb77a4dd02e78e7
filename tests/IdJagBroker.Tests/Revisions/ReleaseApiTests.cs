using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Policies;
using IdJagBroker.Tests.Storage;
using Npgsql;

namespace IdJagBroker.Tests.Revisions;

/// <summary>A broker whose policy is published: one administrator publishes, another approves, and it decides.</summary>
public sealed class ReleaseApiTests(BrokerPostgres postgres) : IAsyncLifetime
{
    private readonly BrokerFixture _broker = new(postgres);

    private RevisionDesk Desk => field ??= new(_broker);

    public async ValueTask InitializeAsync() => await _broker.StartAsync([RevisionDesk.Database], changeCatalog: RevisionDesk.Administrators);

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public async Task Before_the_first_release_nothing_is_decided_and_then_it_is()
    {
        Assert.Equal("not ready: no policy is in force", await _broker.ReadinessAsync());
        Assert.Equal(0, Desk.Gauge("broker.policy.reload.success"));
        var refused = await _broker.Token.ExchangeAsync();
        refused.IsRefused("temporarily_unavailable", HttpStatusCode.ServiceUnavailable);
        Assert.NotNull(refused.Headers.RetryAfter);
        using (var receipts = await _broker.Http.PostAsync(new Uri(_broker.Issuer + "/receipts/v1"), new StringContent("{}"))) Assert.Equal(HttpStatusCode.ServiceUnavailable, receipts.StatusCode);
        var status = (await Desk.GetAsync()).Is(HttpStatusCode.OK);
        Assert.Equal(("\"0\"", "database", "required", null), (status.Tag, (string?)status.Body["source"], (string?)status.Body["approval"], (string?)status.Body["revision"]));
        Assert.Empty(await _broker.AuditAsync("limit=1000&type=idjag.*"));

        // Nobody is in a catalogue yet: the management token is all there is, for both steps.
        var published = (await Desk.PublishAsync(await Desk.FilesAsync(), comment: "The first one")).Is(HttpStatusCode.Created);
        Assert.Equal((1, "pending", 0, "management-token", Desk.Revision()), ((int)published.Body["number"]!, (string?)published.Body["state"], (int)published.Body["base"]!, (string?)published.Body["author"], (string?)published.Body["revision"]));
        Assert.Equal("not ready: no policy is in force", await _broker.ReadinessAsync());
        (await Desk.ApproveAsync(1)).Is(HttpStatusCode.OK);
        Assert.True(await Desk.MayCommentAsync());
        Assert.Equal("ready", await _broker.ReadinessAsync());
        Assert.Equal(1, Desk.Gauge("broker.policy.reload.success"));
        var events = await Desk.EventsAsync();
        Assert.Equal(["policy.published", "policy.approved", "policy.activated"], events.Select(e => (string)e["type"]!));
        Assert.Equal(["management-token", "management-token", "start"], events.Select(e => (string)e["actor"]!["key"]!));
        Assert.Equal("break-glass", (string?)events[1]["actor"]!["role"]);
    }

    [Fact]
    public async Task Somebody_else_than_the_author_approves_and_both_are_on_record()
    {
        await Desk.SeedAsync();
        var published = (await Desk.PublishAsync(await Desk.FilesAsync(comment: false), "ana", "No comments any more")).Is(HttpStatusCode.Created);
        Assert.Equal(2, (int)published.Body["number"]!);
        Assert.True(await Desk.MayCommentAsync());      // it waits
        Assert.Equal([2], (await Desk.GetAsync()).Body["pending"]!.AsArray().Select(one => (int)one!));

        (await Desk.ApproveAsync(2, "ana")).IsRefused(HttpStatusCode.Forbidden, "own-release");
        (await Desk.ApproveAsync(2, "cal")).IsRefused(HttpStatusCode.Forbidden, "insufficient-scope");
        (await Desk.PostAsync("/releases/2/approve", null, null, "bob")).IsRefused(HttpStatusCode.PreconditionRequired, "precondition-required");
        (await Desk.PostAsync("/releases/2/approve", null, "\"2-pending-0000000000000000\"", "bob")).IsRefused(HttpStatusCode.PreconditionFailed, "precondition-failed");
        (await Desk.PostAsync("/releases/9/approve", null, "\"9-pending-0000000000000000\"", "bob")).IsRefused(HttpStatusCode.NotFound, "release-not-found");
        Assert.True(await Desk.MayCommentAsync());

        var approved = (await Desk.ApproveAsync(2, "bob")).Is(HttpStatusCode.OK);
        Assert.Equal(("active", "ana", "bob"), ((string?)approved.Body["state"], (string?)approved.Body["author"], (string?)approved.Body["approver"]));
        Assert.False(await Desk.MayCommentAsync());     // at once, where it was approved
        var status = (await Desk.GetAsync()).Body;
        Assert.Equal((2, (string?)published.Body["revision"]), ((int)status["number"]!, (string?)status["revision"]));
        (await Desk.ApproveAsync(2, "bob")).IsRefused(HttpStatusCode.Conflict, "release-decided");

        var history = (await Desk.GetAsync("/revisions?limit=2")).Is(HttpStatusCode.OK).Body;
        Assert.Equal([(2, "active"), (1, "superseded")], history["revisions"]!.AsArray().Select(one => ((int)one!["number"]!, (string)one["state"]!)));
        Assert.Equal("1", (string?)history["next"]);
        Assert.Empty((await Desk.GetAsync("/revisions?limit=2&after=1")).Body["revisions"]!.AsArray());
        var events = (await Desk.EventsAsync())[^3..];
        Assert.Equal([("policy.published", "ana"), ("policy.approved", "bob"), ("policy.activated", "reload")], events.Select(e => ((string)e["type"]!, (string)e["actor"]!["key"]!)));
        Assert.Equal(("No comments any more", "ana", 2), ((string?)events[0]["data"]!["comment"], (string?)events[1]["data"]!["author"], (int)events[2]["data"]!["number"]!));
        Assert.All(events, e => Assert.Equal((string?)published.Body["revision"], (string?)e["policy_rev"]));
    }

    [Fact]
    public async Task The_management_token_does_not_approve_its_own_while_anybody_else_could()
    {
        await Desk.SeedAsync();
        (await Desk.PublishAsync(await Desk.FilesAsync(comment: false))).Is(HttpStatusCode.Created);
        (await Desk.ApproveAsync(2)).IsRefused(HttpStatusCode.Forbidden, "own-release");
        (await Desk.ApproveAsync(2, "ana")).Is(HttpStatusCode.OK);

        // A release that takes the scope away from everybody does not lock everybody out.
        await Desk.ReleaseAsync(comment: true, catalog => catalog.Replace(", policy.approve]", "]", StringComparison.Ordinal));
        (await Desk.PublishAsync(await Desk.FilesAsync(comment: false))).Is(HttpStatusCode.Created);
        (await Desk.ApproveAsync(4)).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_publication_that_lost_a_race_is_refused_and_so_is_its_approval()
    {
        await Desk.SeedAsync();
        var before = (await Desk.GetAsync()).Tag;
        Assert.Equal("\"1\"", before);
        (await Desk.PublishAsync(await Desk.FilesAsync(comment: false), "ana")).Is(HttpStatusCode.Created);
        (await Desk.PublishAsync(await Desk.FilesAsync(true, catalog => catalog + "# by bob\n"), "bob")).Is(HttpStatusCode.Created);
        (await Desk.ApproveAsync(2, "bob")).Is(HttpStatusCode.OK);

        var another = new JsonObject { ["files"] = await Desk.FilesAsync(true, catalog => catalog + "# late\n") };
        (await Desk.PostAsync("/publish", another, null, "ana")).IsRefused(HttpStatusCode.PreconditionRequired, "precondition-required");
        (await Desk.PostAsync("/publish", another, before, "ana")).IsRefused(HttpStatusCode.PreconditionFailed, "precondition-failed");
        (await Desk.PostAsync("/rollback", new JsonObject { ["revision"] = Desk.Revision(), ["reason"] = "x" }, before, "ana")).IsRefused(HttpStatusCode.PreconditionFailed, "precondition-failed");
        (await Desk.ApproveAsync(3, "ana")).IsRefused(HttpStatusCode.Conflict, "release-outdated");      // it was made from 1, and would undo 2
        Assert.False(await Desk.MayCommentAsync());
        (await Desk.PublishAsync(await Desk.FilesAsync(comment: false), "ana")).IsRefused(HttpStatusCode.Conflict, "policy-unchanged");
    }

    [Fact]
    public async Task What_is_no_policy_is_refused_with_every_mistake_in_its_place()
    {
        await Desk.SeedAsync();
        var files = await Desk.FilesAsync();
        files[1]!["text"] = RevisionDesk.Rules(comment: true).Replace("tickets:comment]", "tickets:coment]", StringComparison.Ordinal);
        foreach (var answer in new[] { await Desk.PublishAsync((JsonArray)files.DeepClone(), "ana"), await Desk.PostAsync("/validate", new JsonObject { ["files"] = files.DeepClone() }, null, "ana") })
        {
            answer.IsRefused(HttpStatusCode.UnprocessableEntity, "policy-invalid");
            var diagnostic = Assert.Single(answer.Body["diagnostics"]!.AsArray(), one => (string?)one!["severity"] is "error")!;      // the others warn
            var expected = IdJagBroker.Policies.Yaml.PolicyDiagnosticCode.ScopeUnknown;
            Assert.Equal(("10-rules.yaml", IdJagBroker.Policies.Yaml.PolicyDiagnosticText.Text(expected), "error"), ((string?)diagnostic["file"], (string?)diagnostic["code"], (string?)diagnostic["severity"]));
            var line = ((string)files[1]!["text"]!).Split('\n')[(int)diagnostic["line"]! - 1];
            Assert.Equal("tickets:coment", line.Substring((int)diagnostic["column"]! - 1, "tickets:coment".Length));
            Assert.Contains("did you mean 'tickets:comment'", (string?)diagnostic["message"], StringComparison.Ordinal);
        }
        Assert.Empty((await Desk.GetAsync()).Body["pending"]!.AsArray());
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest, "/files", "no list")]
    [InlineData(HttpStatusCode.BadRequest, "/files/0", "no object")]
    [InlineData(HttpStatusCode.BadRequest, "/files/0/text", "no text")]
    [InlineData(HttpStatusCode.BadRequest, "/files/0/name", "../10-rules.yaml")]
    [InlineData(HttpStatusCode.BadRequest, "/files/0/name", "/10-rules.yaml")]
    [InlineData(HttpStatusCode.BadRequest, "/files/0/name", ".hidden.yaml")]
    [InlineData(HttpStatusCode.BadRequest, "/files/0/name", "tests/x.yaml")]
    [InlineData(HttpStatusCode.BadRequest, "/files/0/name", "a.txt")]
    [InlineData(HttpStatusCode.BadRequest, "/files/0/name", "a\u202e.yaml")]
    [InlineData(HttpStatusCode.BadRequest, "/files/1/name", "twice")]
    [InlineData(HttpStatusCode.RequestEntityTooLarge, null, "65 files")]
    [InlineData(HttpStatusCode.RequestEntityTooLarge, null, "a file over 1 MiB")]
    [InlineData(HttpStatusCode.RequestEntityTooLarge, null, "a body over 16 MiB")]
    [InlineData(HttpStatusCode.UnprocessableEntity, null, "an empty file")]
    [InlineData(HttpStatusCode.UnprocessableEntity, null, "no files")]
    public async Task What_a_directory_could_not_hold_is_refused(HttpStatusCode status, string? pointer, string what)
    {
        JsonObject File(string name, string text = "x: 1") => new() { ["name"] = name, ["text"] = text };
        JsonNode files = what switch
        {
            "no list" => new JsonObject(),
            "no object" => new JsonArray("x"),
            "no text" => new JsonArray(new JsonObject { ["name"] = "a.yaml" }),
            "twice" => new JsonArray(File("a.yaml"), File("a.yaml")),
            "65 files" => new JsonArray([.. Enumerable.Range(0, 65).Select(i => File($"{i}.yaml"))]),
            "a file over 1 MiB" => new JsonArray(File("a.yaml", new string('#', (1024 * 1024) + 1))),
            "a body over 16 MiB" => new JsonArray([.. Enumerable.Range(0, 17).Select(i => File($"{i}.yaml", new string('#', 1024 * 1024)))]),
            "an empty file" => new JsonArray(File("a.yaml", "")),
            "no files" => new JsonArray(),
            _ => new JsonArray(File(what)),
        };
        var answer = await Desk.PostAsync("/validate", new JsonObject { ["files"] = files }, null);
        answer.IsRefused(status, status switch { HttpStatusCode.BadRequest => "invalid-request", HttpStatusCode.RequestEntityTooLarge => "too-large", _ => "policy-invalid" }, pointer);
    }

    [Fact]
    public async Task Files_of_a_mebibyte_are_taken_and_mean_what_they_do_in_a_directory()
    {
        var files = await Desk.FilesAsync();
        var rules = (string)files[1]!["text"]! + "\n# ";
        files[1]!["text"] = rules + new string('x', (1024 * 1024) - rules.Length);
        await Desk.WriteAsync("10-rules.yaml", (string)files[1]!["text"]!);
        Assert.Equal(Desk.Revision(), (string?)(await Desk.PostAsync("/validate", new JsonObject { ["files"] = files }, null)).Is(HttpStatusCode.OK).Body["revision"]);
        // As an editor on another system saves them.
        var windows = new JsonArray([.. files.Select(file => new JsonObject { ["name"] = (string)file!["name"]!, ["text"] = "\ufeff" + ((string)file["text"]!).Replace("\n", "\r\n", StringComparison.Ordinal) })]);
        windows[1]!["text"] = ((string)windows[1]!["text"]!)[..^200];
        (await Desk.PostAsync("/validate", new JsonObject { ["files"] = windows }, null)).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_earlier_revision_comes_back_as_a_release_that_somebody_approves()
    {
        await Desk.SeedAsync();
        var first = (string)(await Desk.GetAsync()).Body["revision"]!;
        await Desk.ReleaseAsync(comment: false);
        Assert.False(await Desk.MayCommentAsync());
        var pending = (await Desk.PublishAsync(await Desk.FilesAsync(true, catalog => catalog + "# never approved\n"), "ana")).Is(HttpStatusCode.Created);

        async Task<RevisionAnswer> RollBackAsync(string revision, string? reason = "It broke the editor") => await Desk.PostAsync(
            "/rollback", reason is null ? new JsonObject { ["revision"] = revision } : new JsonObject { ["revision"] = revision, ["reason"] = reason }, (await Desk.GetAsync()).Tag, "ana");
        (await RollBackAsync("sha256:" + new string('0', 64))).IsRefused(HttpStatusCode.NotFound, "revision-not-found");
        (await RollBackAsync("x")).IsRefused(HttpStatusCode.BadRequest, "invalid-request", "/revision");
        (await RollBackAsync(first, null)).IsRefused(HttpStatusCode.BadRequest, "invalid-request", "/reason");
        (await RollBackAsync((string)pending.Body["revision"]!)).IsRefused(HttpStatusCode.Conflict, "revision-never-approved");

        var release = (await RollBackAsync(first)).Is(HttpStatusCode.Created);
        Assert.Equal(("rollback", "pending", first), ((string?)release.Body["kind"], (string?)release.Body["state"], (string?)release.Body["revision"]));
        Assert.False(await Desk.MayCommentAsync());
        (await Desk.ApproveAsync(4, "ana")).IsRefused(HttpStatusCode.Forbidden, "own-release");
        (await Desk.ApproveAsync(4, "bob")).Is(HttpStatusCode.OK);
        Assert.True(await Desk.MayCommentAsync());
        Assert.Equal(["active", "pending", "rolled-back", "superseded"], (await Desk.GetAsync("/revisions")).Body["revisions"]!.AsArray().Select(one => (string)one!["state"]!));
        var rolledBack = Assert.Single(await Desk.EventsAsync("policy.rolled_back"));
        Assert.Equal(("bob", "It broke the editor", 2, 4, first), ((string?)rolledBack["actor"]!["key"], (string?)rolledBack["data"]!["reason"], (int)rolledBack["data"]!["from"]!, (int)rolledBack["data"]!["number"]!, (string?)rolledBack["policy_rev"]));
    }

    [Fact]
    public async Task A_rejected_release_never_decides()
    {
        await Desk.SeedAsync();
        (await Desk.PublishAsync(await Desk.FilesAsync(comment: false), "ana")).Is(HttpStatusCode.Created);
        var tag = (await Desk.GetAsync("/releases/2")).Tag;
        (await Desk.PostAsync("/releases/2/reject", new JsonObject(), tag, "bob")).IsRefused(HttpStatusCode.BadRequest, "invalid-request", "/reason");
        (await Desk.PostAsync("/releases/2/reject", new JsonObject { ["reason"] = "a\nb" }, tag, "bob")).IsRefused(HttpStatusCode.BadRequest, "invalid-request", "/reason");
        (await Desk.PostAsync("/releases/2/reject", new JsonObject { ["reason"] = "Too narrow" }, tag, "cal")).IsRefused(HttpStatusCode.Forbidden, "insufficient-scope");
        var rejected = (await Desk.PostAsync("/releases/2/reject", new JsonObject { ["reason"] = "Too narrow" }, tag, "bob")).Is(HttpStatusCode.OK);
        Assert.Equal(("rejected", "bob", "Too narrow"), ((string?)rejected.Body["state"], (string?)rejected.Body["rejected_by"], (string?)rejected.Body["rejection"]));
        (await Desk.PostAsync("/releases/2/approve", null, tag, "bob")).IsRefused(HttpStatusCode.PreconditionFailed, "precondition-failed");
        (await Desk.ApproveAsync(2, "bob")).IsRefused(HttpStatusCode.Conflict, "release-decided");
        Assert.True(await Desk.MayCommentAsync());
        var e = Assert.Single(await Desk.EventsAsync("policy.rejected"));
        Assert.Equal(("bob", "ok", "Too narrow"), ((string?)e["actor"]!["key"], (string?)e["outcome"], (string?)e["data"]!["reason"]));
        Assert.Equal(3, (int)(await Desk.PublishAsync(await Desk.FilesAsync(comment: false), "ana")).Is(HttpStatusCode.Created).Body["number"]!);      // no gap
    }

    [Fact]
    public async Task A_release_whose_files_were_changed_in_the_tables_is_not_approved()
    {
        await Desk.SeedAsync();
        var revision = (string)(await Desk.PublishAsync(await Desk.FilesAsync(comment: false), "ana")).Is(HttpStatusCode.Created).Body["revision"]!;
        await Sql.ExecuteAsync(_broker.ConnectionString, $"set session_replication_role = replica; update policy_revision set files = jsonb_set(files, '{{1,text}}', to_jsonb(replace(files #>> '{{1,text}}', 'tickets:read', 'tickets:admin'))) where revision = '{revision}'; select 1");
        (await Desk.GetAsync("/revisions/" + revision)).IsRefused(HttpStatusCode.Conflict, "release-altered");
        (await Desk.ApproveAsync(2, "bob")).IsRefused(HttpStatusCode.Conflict, "release-altered");
        Assert.True(await Desk.MayCommentAsync());
    }

    [Theory]
    [InlineData("delete from policy_release")]
    [InlineData("truncate policy_release")]
    [InlineData("update policy_release set author = 'bob' where number = 2")]
    [InlineData("update policy_release set revision = (select revision from policy_release where number = 1) where number = 2")]
    [InlineData("update policy_release set approver = 'cal' where number = 1")]
    [InlineData("update policy_release set signature = 'x' where number = 1")]
    [InlineData("update policy_release set state = 'active' where number = 2")]
    [InlineData("update policy_release set state = 'pending' where number = 1")]
    [InlineData("insert into policy_release (number, kind, revision, base, author, published_at) select 9, kind, revision, 1, author, now() from policy_release where number = 1")]
    [InlineData("insert into policy_release (number, kind, state, revision, base, author, published_at, approved_at, signature) select 3, kind, state, revision, 1, author, now(), now(), signature from policy_release where number = 1")]
    public async Task What_is_done_stays_whatever_a_statement_says(string sql)
    {
        await Desk.SeedAsync();
        (await Desk.PublishAsync(await Desk.FilesAsync(comment: false), "ana")).Is(HttpStatusCode.Created);
        await Assert.ThrowsAsync<PostgresException>(() => Sql.ExecuteAsync(_broker.ConnectionString, sql + "; select 1"));
    }
}

/// <summary>Where no approval is asked for.</summary>
public sealed class UnapprovedReleaseTests(BrokerPostgres postgres)
{
    [Fact]
    public async Task A_publication_decides_at_once_and_is_signed_all_the_same()
    {
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync([RevisionDesk.Database, "--Policies:Approval=none"], changeCatalog: RevisionDesk.Administrators);
        var desk = new RevisionDesk(broker);
        (await desk.PublishAsync(await desk.FilesAsync())).Is(HttpStatusCode.Created);
        Assert.True(await desk.MayCommentAsync());
        var release = (await desk.PublishAsync(await desk.FilesAsync(comment: false), "cal")).Is(HttpStatusCode.Created);
        Assert.Equal(("active", "cal", null), ((string?)release.Body["state"], (string?)release.Body["author"], (string?)release.Body["approver"]));
        Assert.False(await desk.MayCommentAsync());
        var first = (string)(await desk.GetAsync("/releases/1")).Body["revision"]!;
        (await desk.PostAsync("/rollback", new JsonObject { ["revision"] = first, ["reason"] = "Back" }, "\"2\"", "cal")).Is(HttpStatusCode.Created);
        Assert.True(await desk.MayCommentAsync());
        Assert.Equal(["policy.published", "policy.activated", "policy.published", "policy.activated", "policy.published", "policy.rolled_back", "policy.activated"], (await desk.EventsAsync()).Select(e => (string)e["type"]!));
        await using var replica = await broker.StartReplicaAsync();
        Assert.True(await desk.MayCommentAsync(replica));
    }

    [Theory]
    [InlineData("--Policies:Source=git", "Policies:Source must be directory or database")]
    [InlineData("--Policies:Approval=maybe", "Policies:Approval must be required or none")]
    public async Task A_word_that_there_is_not_stops_the_start(string argument, string why)
    {
        await using var broker = new BrokerFixture(postgres);
        var refusal = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => broker.StartAsync([argument]));
        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
    }
}
