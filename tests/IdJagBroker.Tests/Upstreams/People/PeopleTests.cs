using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Tests.Admin;
using IdJagBroker.Tests.Audit.Proof;
using IdJagBroker.Tests.Storage;
using IdJagBroker.Upstreams;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace IdJagBroker.Tests.Upstreams.People;

/// <summary>Who the log's random keys stand for: kept sealed, shown to who may ask, and erased so that nothing is left but the proof.</summary>
public sealed class PeopleTests(BrokerPostgres postgres) : IAsyncLifetime
{
    private readonly BrokerFixture _broker = new(postgres);
    private readonly string _id = "00u-erin-" + Guid.NewGuid().ToString("N");
    private const string Email = "Erin.Canary@acme.example";
    private const string Name = "Erin Canary";

    public async ValueTask InitializeAsync() =>
        await _broker.StartAsync(["--Audit:Checkpoints:Every=00:00:01"], changeCatalog: AdminDesk.Administrators(_broker));

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public async Task Keeps_details_sealed_and_shows_them_by_key_by_id_and_by_address_each_time_on_record()
    {
        var key = await SeenAsync();
        var everything = await EverythingAsync();
        Assert.All(new[] { Email, Name }, text => Assert.DoesNotContain(text, everything, StringComparison.OrdinalIgnoreCase));

        foreach (var (path, by) in new[] { ($"people/{key}", "subject_key"), ($"people?upstream=okta&id={_id}", "id"), ("people?email=erin.canary@ACME.example", "email") })
        {
            var answer = await AskAsync(HttpMethod.Get, path);
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            var person = answer.Body["people"] is JsonArray people ? Assert.Single(people)! : answer.Body;
            Assert.Equal((key, "okta", _id), ((string?)person["subject_key"], (string?)person["upstream"], (string?)person["id"]));
            Assert.Equal((_id, Email, Name), ((string?)person["details"]!["sub"], (string?)person["details"]!["email"], (string?)person["details"]!["name"]));
            Assert.Null(person["details"]!["address"]);

            var record = (await Desk.EventsAsync("audit.revealed"))[0];
            Assert.Equal((by, key, "management-token"), ((string?)record["data"]!["by"], (string?)record["subject_key"], (string?)record["actor"]!["key"]));
            Assert.Equal([key], record["data"]!["found"]!.AsArray().Select(found => (string?)found));
        }
        everything = await EverythingAsync();
        Assert.All(new[] { Email, Name }, text => Assert.DoesNotContain(text, everything, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Records_that_somebody_was_asked_for_who_is_not_there()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await AskAsync(HttpMethod.Get, "people/s_nobody")).Status);
        Assert.Empty((await AskAsync(HttpMethod.Get, "people?email=nobody@acme.example")).Body["people"]!.AsArray());

        Assert.Equal(["email", "subject_key"], (await Desk.EventsAsync("audit.revealed")).Select(e => (string?)e["data"]!["by"]));
    }

    [Fact]
    public async Task Shows_nobody_while_it_cannot_be_recorded()
    {
        var key = await SeenAsync();
        await Sql.ExecuteAsync(_broker.ConnectionString, "alter table audit_inbox add constraint no_reveals check (event not like '%audit.revealed%'); select 1");

        var answer = await AskAsync(HttpMethod.Get, $"people/{key}");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
        Assert.DoesNotContain("erin", answer.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("people")]
    [InlineData("people?upstream=okta")]
    [InlineData("people?id=x")]
    [InlineData("people?upstream=nowhere&id=x")]
    [InlineData("people?email=a@b.example&id=x")]
    [InlineData("people?email=a@b.example&email=c@d.example")]
    [InlineData("people?email=")]
    [InlineData("people?name=erin")]
    [InlineData("people?email=%00")]
    public async Task Refuses_a_question_that_is_none(string path) => Assert.Equal(HttpStatusCode.BadRequest, (await AskAsync(HttpMethod.Get, path)).Status);

    [Fact]
    public async Task Reveals_and_erases_for_nobody_without_the_scope_of_each()
    {
        var key = await SeenAsync();
        string[] siem = ["Bearer " + await Desk.SiemTokenAsync()];

        (await Desk.SendAsync(HttpMethod.Get, $"people/{key}", siem)).IsRefused(HttpStatusCode.Forbidden, "Bearer error=\"insufficient_scope\", scope=\"audit.reveal\"", "insufficient-scope");
        (await Desk.SendAsync(HttpMethod.Get, "people?email=x@y.example", siem)).IsRefused(HttpStatusCode.Forbidden, "Bearer error=\"insufficient_scope\", scope=\"audit.reveal\"", "insufficient-scope");
        (await Desk.SendAsync(HttpMethod.Delete, $"people/{key}", siem, """{"reason":"x"}""")).IsRefused(HttpStatusCode.Forbidden, "Bearer error=\"insufficient_scope\", scope=\"audit.erase\"", "insufficient-scope");
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(HttpMethod.Get, $"people/{key}")).Status);
    }

    [Fact]
    public async Task Writes_nothing_for_a_person_who_is_as_before_and_what_is_new_once()
    {
        var key = await SeenAsync();
        var first = await VersionAsync(key);
        for (var i = 0; i < 5; i++) await ExchangeAsync();
        Assert.Equal(first, await VersionAsync(key));

        // Another process knows from the row that nothing is new.
        await using (var replica = await _broker.StartReplicaAsync())
        {
            var there = new TokenClient(_broker, replica.Url);
            await ExchangeAsync(at: there);
            var another = await SubjectKeyAsync(await ExchangeAsync(at: there, id: _id + "-another"));
            await UntilAsync(async () => await VersionAsync(another) is not "");       // who came later is kept later
            Assert.Equal(first, await VersionAsync(key));
            await ExchangeAsync(name: "Erin Married", at: there);
            await UntilAsync(async () => await VersionAsync(key) != first);
        }
        Assert.Equal("Erin Married", (string?)(await AskAsync(HttpMethod.Get, $"people/{key}")).Body["details"]!["name"]);
        Assert.Equal(1L, await Sql.ScalarAsync<long>(_broker.ConnectionString, $"select count(*) from person_detail where subject_key = '{key}'"));
    }

    [Fact]
    public async Task Erases_everything_that_says_who_a_key_stands_for_and_nothing_else()
    {
        var key = await SeenAsync();
        var jti = (string)(await ExchangeAsync()).IdJag["jti"]!;
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(HttpMethod.Get, $"people/{key}")).Status);
        var line = Assert.Single(await _broker.AuditAsync($"jti={jti}"))!;
        var seq = (int)line["seq"]!;
        var before = await ProvenAsync(seq);

        Assert.Equal(HttpStatusCode.NoContent, (await AskAsync(HttpMethod.Delete, $"people/{key}", """{"reason":"request 4711"}""")).Status);

        var everything = await EverythingAsync();
        Assert.All(new[] { _id, Email, Name }, text => Assert.DoesNotContain(text, everything, StringComparison.OrdinalIgnoreCase));
        Assert.Equal(HttpStatusCode.NotFound, (await AskAsync(HttpMethod.Get, $"people/{key}")).Status);
        Assert.Empty((await AskAsync(HttpMethod.Get, $"people?email={Email}")).Body["people"]!.AsArray());
        var record = Assert.Single(await Desk.EventsAsync("erasure.executed"));
        Assert.Equal((key, "request 4711", "management-token"), ((string?)record["subject_key"], (string?)record["data"]!["reason"], (string?)record["actor"]!["key"]));

        // The log is what it was: the old checkpoint and the old event prove each other, and so does a checkpoint over the erasure.
        Assert.Equal(before.Root, (await ProvenAsync(seq, before.Size)).Root);
        var erased = (int)record["seq"]!;
        await UntilAsync(async () => await Sql.ScalarAsync<long>(_broker.ConnectionString, "select max(size) from audit_checkpoint") > erased);
        await ProvenAsync(seq);
        await ProvenAsync(erased);
        Assert.Equal(HttpStatusCode.NotFound, (await AskAsync(HttpMethod.Delete, $"people/{key}", """{"reason":"again"}""")).Status);
        Assert.Single(await Desk.EventsAsync("erasure.executed"));

        // Who comes back is somebody new, here at once.
        Assert.NotEqual(key, await SeenAsync());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"reason":""}""")]
    [InlineData("""{"reason":"a\nb"}""")]
    [InlineData("""{"reason":"x","who":"erin"}""")]
    public async Task Erases_nobody_without_a_reason(string body)
    {
        var key = await SeenAsync();

        Assert.Equal(HttpStatusCode.BadRequest, (await AskAsync(HttpMethod.Delete, $"people/{key}", body)).Status);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(HttpMethod.Get, $"people/{key}")).Status);
    }

    [Fact]
    public async Task Erases_nobody_if_it_cannot_be_recorded()
    {
        var key = await SeenAsync();
        await Sql.ExecuteAsync(_broker.ConnectionString, "alter table audit_inbox add constraint no_erasures check (event not like '%erasure.executed%'); select 1");

        Assert.NotEqual(HttpStatusCode.NoContent, (await AskAsync(HttpMethod.Delete, $"people/{key}", """{"reason":"x"}""")).Status);
        Assert.Equal(Name, (string?)(await AskAsync(HttpMethod.Get, $"people/{key}")).Body["details"]!["name"]);
    }

    [Fact]
    public async Task Is_forgotten_within_five_seconds_by_a_replica_that_knew_the_person()
    {
        await using var replica = await _broker.StartReplicaAsync();
        var there = new TokenClient(_broker, replica.Url);
        var key = await SeenAsync();
        Assert.Equal(key, await SubjectKeyAsync(await ExchangeAsync(at: there)));
        Assert.Equal(HttpStatusCode.NoContent, (await AskAsync(HttpMethod.Delete, $"people/{key}", """{"reason":"x"}""")).Status);

        var watch = Stopwatch.StartNew();
        while (await SubjectKeyAsync(await ExchangeAsync(at: there)) == key) Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), "not forgotten");
        // What it still knew was not kept again.
        Assert.Equal(0L, await Sql.ScalarAsync<long>(_broker.ConnectionString, $"select count(*) from person_detail where subject_key = '{key}'"));
    }

    [Fact]
    public async Task Is_not_remembered_from_what_was_read_just_before_the_erasure()
    {
        var key = await SeenAsync();
        var people = _broker.Services.GetRequiredService<PersonDirectory>();
        people.ForgetAll();
        await using var connection = new NpgsqlConnection(_broker.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using var hold = new NpgsqlCommand("lock table person in access exclusive mode", connection);
            await hold.ExecuteNonQueryAsync();
            var slow = ExchangeAsync();
            await UntilAsync(async () => await Sql.ScalarAsync<bool>(_broker.ConnectionString, "select exists (select from pg_locks where relation = 'person'::regclass and not granted)"));
            people.Forget(key);
            await transaction.RollbackAsync();
            Assert.Equal(key, await SubjectKeyAsync(await slow));
        }
        await Sql.ExecuteAsync(_broker.ConnectionString, $"delete from person where subject_key = '{key}'; select 1");

        Assert.NotEqual(key, await SubjectKeyAsync(await ExchangeAsync()));
    }

    [Fact]
    public async Task Is_erased_from_the_command_line_and_forgotten_by_the_broker_that_runs()
    {
        var key = await SeenAsync();
        var arguments = new[] { "audit", "erase", key, "--reason", "left the company", "--environment", "Production", $"--Database:ConnectionString={_broker.ConnectionString}" };
        Assert.Equal(0, await RunAsync(arguments));

        var watch = Stopwatch.StartNew();
        while (await SubjectKeyAsync(await ExchangeAsync()) == key) Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), "not forgotten");
        var record = Assert.Single(await Desk.EventsAsync("erasure.executed"));
        Assert.Equal((key, "command-line", "left the company"), ((string?)record["subject_key"], (string?)record["actor"]!["key"], (string?)record["data"]!["reason"]));
        Assert.Equal(1, await RunAsync(arguments));       // nobody any more
        Assert.Equal(1, await RunAsync([.. arguments.Where(argument => argument is not ("--reason" or "left the company"))]));
        Assert.Equal(2, await RunAsync([.. arguments.Where(argument => argument != key)]));
    }

    private AdminDesk Desk => new(_broker);

    private Task<DeskAnswer> AskAsync(HttpMethod method, string path, string? json = null) => Desk.SendAsync(method, path, ["Bearer " + BrokerFixture.ManagementToken], json);

    private async Task<TokenAnswer> ExchangeAsync(string name = Name, TokenClient? at = null, string? id = null) => (await (at ?? _broker.Token).ExchangeAsync(("subject_token",
        _broker.Idp.IdToken("agent-at-okta", id ?? _id, change: (_, claims) => (claims["email"], claims["email_verified"], claims["name"]) = (Email, true, name))))).IsGranted();

    private async Task<string> SubjectKeyAsync(TokenAnswer answer) => (string)Assert.Single(await _broker.AuditAsync($"jti={answer.IdJag["jti"]}"))!["subject_key"]!;

    /// <summary>The person comes, and is kept.</summary>
    private async Task<string> SeenAsync()
    {
        var key = await SubjectKeyAsync(await ExchangeAsync());
        await UntilAsync(async () => await VersionAsync(key) is not "");
        return key;
    }

    private async Task<string> VersionAsync(string key) =>
        await Sql.ScalarAsync<string>(_broker.ConnectionString, $"select coalesce((select d.xmin::text || ' ' || k.xmin::text from person_detail d join person_key k using (subject_key) where d.subject_key = '{key}'), '')");

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        var watch = Stopwatch.StartNew();
        while (!await isSo())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), "it did not come about");
            await Task.Delay(25);
        }
    }

    /// <summary>Verifies a checkpoint, the newest or that of a size, and that an event is in its tree.</summary>
    private async Task<(long Size, TreeHash Root)> ProvenAsync(int seq, long? size = null)
    {
        var database = _broker.ConnectionString;
        await UntilAsync(async () => await Sql.ScalarAsync<long>(database, "select coalesce(max(size), 0) from audit_checkpoint") > seq);
        var note = await Sql.ScalarAsync<string>(database, $"select note from audit_checkpoint {(size is null ? "order by size desc limit 1" : $"where size = {size}")}");
        var key = await Sql.ScalarAsync<string>(database, "select public_jwk::text from signing_key where purpose = 'audit_checkpoint'");
        Assert.True(VerifiedCheckpoint.TryOpen(Encoding.UTF8.GetBytes(note), [LogKey.TryParse(key)!], null, out var verified, out var fault), fault);
        var checkpoint = verified.Checkpoint;
        var lines = await Sql.ScalarAsync<string[]>(database, $"select array_agg(event order by seq) from audit_event where seq < {checkpoint.Size}");
        var tree = new TileTree([.. lines.Select(line => TreeHash.Leaf(Encoding.UTF8.GetBytes(line)))]);
        Assert.True(TreeProof.VerifyInclusion(tree.Leaves[seq], seq, checkpoint.Size, tree.Path(seq, 0, (int)checkpoint.Size), checkpoint.Root));
        return (checkpoint.Size, checkpoint.Root);
    }

    /// <summary>What is in any table, as text, and what is in bytes also as the text that they would be.</summary>
    private async Task<string> EverythingAsync()
    {
        await using var connection = new NpgsqlConnection(_broker.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        var tables = new List<string>();
        await using (var list = new NpgsqlCommand("select quote_ident(relname) from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'", connection))
        await using (var reader = await list.ExecuteReaderAsync())
            while (await reader.ReadAsync()) tables.Add(reader.GetString(0));
        Assert.Contains("person_detail", tables);
        var everything = new StringBuilder();
        foreach (var table in tables)
        {
            await using var dump = new NpgsqlCommand($"select coalesce(string_agg(t::text, ' '), '') from {table} t", connection);
            var text = (string)(await dump.ExecuteScalarAsync())!;
            everything.Append(text);
            foreach (System.Text.RegularExpressions.Match bytes in System.Text.RegularExpressions.Regex.Matches(text, @"\\x((?:[0-9a-f]{2})+)"))
                everything.Append(' ').Append(Encoding.UTF8.GetString(Convert.FromHexString(bytes.Groups[1].Value)));
        }
        return everything.ToString();
    }

    private static async Task<int> RunAsync(string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "idjag.dll"), .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        _ = (await output, await error);
        return process.ExitCode;
    }
}
