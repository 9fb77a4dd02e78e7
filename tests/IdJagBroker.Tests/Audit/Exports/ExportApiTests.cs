using System.Diagnostics;
using System.Formats.Tar;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Audit.Exports;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.Tests.Audit.Exports;

/// <summary>Exports at the admin API of a whole broker.</summary>
public sealed class ExportApiTests(BrokerPostgres postgres) : IAsyncLifetime
{
    private const string Path = "/admin/v1/audit/exports";
    private readonly BrokerFixture _broker = new(postgres);

    public async ValueTask InitializeAsync() => await _broker.StartAsync(["--Audit:Checkpoints:Every=00:00:01", "--Audit:Exports:MaxKept=2"]);

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public async Task Are_made_downloaded_and_verified_and_all_of_it_is_on_record()
    {
        var jti = (string)(await _broker.Token.ExchangeAsync()).IsGranted().IdJag["jti"]!;
        await _broker.ExplainAsync(await _broker.Token.ExchangeAsync(("scope", "tickets:admin")));
        await CoveredAsync();
        var id = await RequestAsync("""{"reason":"audit of the quarter"}""");
        var job = await EndedAsync(id);
        Assert.Equal(("done", 100, "management-token", "audit of the quarter"), ((string?)job["state"], (int?)job["progress"], (string?)job["requested_by"], (string?)job["reason"]));

        var bundle = System.IO.Path.Combine(_broker.State, "bundle");
        Directory.CreateDirectory(bundle);
        using (var tar = await GetAsync($"{Path}/{id}/bundle.tar"))
        {
            Assert.Equal(HttpStatusCode.OK, tar.StatusCode);
            await TarFile.ExtractToDirectoryAsync(await tar.Content.ReadAsStreamAsync(), bundle, overwriteFiles: false);
        }
        var report = Verify(bundle);
        Assert.Empty(report.Findings);
        Assert.Equal((long?)job["events"], report.Events);
        Assert.NotEmpty(Directory.GetFiles(System.IO.Path.Combine(bundle, "policies"), "*.yaml", SearchOption.AllDirectories));

        using (var manifest = await GetAsync($"{Path}/{id}/files/manifest.json"))
        {
            var bytes = await manifest.Content.ReadAsByteArrayAsync();
            Assert.Equal((string?)job["sha256"], Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)));
            Assert.Equal(await File.ReadAllBytesAsync(System.IO.Path.Combine(bundle, "manifest.json")), bytes);
        }
        using (var checkpoint = await GetAsync($"{Path}/{id}/files/checkpoint")) Assert.Equal(HttpStatusCode.OK, checkpoint.StatusCode);

        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(HttpMethod.Delete, $"{Path}/{id}")).StatusCode);
        Assert.False(Directory.Exists(_broker.Services.GetRequiredService<ExportDirectory>().Of(id)));
        await RefusedAsync(HttpStatusCode.Conflict, "export-has-no-files", $"{Path}/{id}/bundle.tar");

        var events = await EventsAsync(id);
        Assert.Equal(["requested", "done", "downloaded", "downloaded", "downloaded", "removed"], events.Select(e => (string?)e["data"]!["step"]));
        Assert.Equal("audit of the quarter", (string?)events[0]["data"]!["reason"]);
        Assert.Equal(("management-token", "export", "management-token"), ((string?)events[0]["actor"]!["key"], (string?)events[1]["actor"]!["key"], (string?)events[2]["actor"]!["key"]));
        Assert.All([events[1], events[2]], e => Assert.Equal(((long?)job["events"], (string?)job["sha256"]), ((long?)e["data"]!["rows"], (string?)e["data"]!["sha256"])));
        Assert.Equal(["bundle.tar", "manifest.json", "checkpoint"], events.Skip(2).Take(3).Select(e => (string?)e["data"]!["file"]));
        Assert.NotEmpty(jti);
    }

    [Fact]
    public async Task Take_aliases_and_people_as_the_catalogue_names_them()
    {
        var granted = (await _broker.Token.ExchangeAsync()).IsGranted();
        var issued = (await _broker.AuditAsync("jti=" + (string)granted.IdJag["jti"]!))[0]!;
        await CoveredAsync();
        var id = await RequestAsync("""{"filter":{"type":["idjag.*"],"subject":"okta|00u-ana","outcome":"ok"},"reason":"Ana asked"}""");
        var job = await EndedAsync(id);
        Assert.Equal(("done", 1L), ((string?)job["state"], (long?)job["events"]));
        Assert.Equal((string?)issued["subject_key"], (string?)job["filter"]!["subject"]![0]);
    }

    [Theory]
    [InlineData("""{}""", "/reason")]
    [InlineData("""{"reason":""}""", "/reason")]
    [InlineData("""{"reason":"a","filter":[]}""", "/filter")]
    [InlineData("""{"reason":"a","filter":{"outcome":"good"}}""", "/filter/outcome")]
    [InlineData("""{"reason":"a","filter":{"type":"key.*.*"}}""", "/filter/type")]
    [InlineData("""{"reason":"a","filter":{"type":""}}""", "/filter/type")]
    [InlineData("""{"reason":"a","filter":{"from":"2026-01-02T00:00:00Z","to":"2026-01-02T00:00:00Z"}}""", "/filter/to")]
    [InlineData("""{"reason":"a","filter":{"from":"yesterday"}}""", "/filter/from")]
    [InlineData("""{"reason":"a","filter":{"kid":"x"}}""", "/filter/kid")]
    [InlineData("""{"reason":"a","filter":{"subject":"okta|nobody"}}""", "/filter/subject")]
    public async Task Are_refused_where_it_is_not_clear_what_is_asked_for(string body, string pointer)
    {
        using var answer = await SendAsync(HttpMethod.Post, Path, body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("#" + pointer, (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["errors"]![0]!["pointer"]);
        Assert.Equal(0, await Sql.ScalarAsync<long>(_broker.ConnectionString, "select count(*) from audit_export"));
    }

    [Fact]
    public async Task Are_bounded_in_number_until_one_is_removed()
    {
        await CoveredAsync();
        var first = await RequestAsync("""{"reason":"one"}""");
        var second = await RequestAsync("""{"reason":"two"}""");
        using (var third = await SendAsync(HttpMethod.Post, Path, """{"reason":"three"}""")) Assert.Equal(HttpStatusCode.Conflict, third.StatusCode);
        await EndedAsync(first);
        await EndedAsync(second);
        (await SendAsync(HttpMethod.Delete, $"{Path}/{first}")).Dispose();
        var fourth = await RequestAsync("""{"reason":"four"}""");
        using var list = await GetAsync(Path);
        Assert.Equal([fourth, second, first], JsonNode.Parse(await list.Content.ReadAsStringAsync())!["exports"]!.AsArray().Select(job => (Guid)job!["id"]!));
    }

    [Theory]
    [InlineData(".progress/order.json"), InlineData("../secret-key"), InlineData("..%2Fsecret-key"), InlineData("policies"), InlineData("%2Fetc%2Fpasswd"), InlineData("tile/0/001"), InlineData("policies//x")]
    public async Task Give_nothing_but_the_files_of_the_bundle(string file)
    {
        await CoveredAsync();
        var id = await RequestAsync("""{"reason":"a"}""");
        await EndedAsync(id);
        using var answer = await GetAsync($"{Path}/{id}/files/{file}");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Fail_and_name_the_row_where_somebody_was_at_the_index()
    {
        (await _broker.Token.ExchangeAsync()).IsGranted();
        await _broker.AuditAsync("limit=1");
        await CoveredAsync();
        var seq = await Sql.ScalarAsync<long>(_broker.ConnectionString,
            "set session_replication_role = replica; update audit_event set client = 'somebody-else' where type = 'idjag.issued'; select seq from audit_event where type = 'idjag.issued'");
        var id = await RequestAsync("""{"filter":{"client":"nobody"},"reason":"a"}""");
        var job = await EndedAsync(id);

        Assert.Equal(("failed", (string?)null), ((string?)job["state"], (string?)job["sha256"]));
        var finding = Assert.Single(job["findings"]!.AsArray())!;
        Assert.Equal((seq, $"Event {seq} is not what its columns say: client."), ((long)finding["seq"]!, (string?)finding["sentence"]));
        var files = _broker.Services.GetRequiredService<ExportDirectory>().Of(id);
        for (var tries = 0; tries < 100 && Directory.Exists(files); tries++) await Task.Delay(50);      // once it is recorded
        Assert.False(Directory.Exists(files));
        await RefusedAsync(HttpStatusCode.Conflict, "export-has-no-files", $"{Path}/{id}/bundle.tar");
        var failed = (await EventsAsync(id))[^1];
        Assert.Equal(("failed", "error", seq), ((string?)failed["data"]!["step"], (string?)failed["outcome"], (long)failed["data"]!["findings"]![0]!["seq"]!));
    }

    [Fact]
    public async Task Are_not_given_away_while_it_cannot_be_recorded()
    {
        await CoveredAsync();
        var id = await RequestAsync("""{"reason":"a"}""");
        await EndedAsync(id);
        await Sql.ExecuteAsync(_broker.ConnectionString, "alter table audit_inbox rename to elsewhere; select 1");
        using var tar = await GetAsync($"{Path}/{id}/bundle.tar");
        await Sql.ExecuteAsync(_broker.ConnectionString, "alter table elsewhere rename to audit_inbox; select 1");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, tar.StatusCode);
    }

    [Fact]
    public async Task Of_nobody_are_not_there()
    {
        await RefusedAsync(HttpStatusCode.NotFound, "export-not-found", $"{Path}/{Guid.NewGuid()}");
        await RefusedAsync(HttpStatusCode.NotFound, "export-not-found", $"{Path}/{Guid.NewGuid()}/bundle.tar");
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Delete, $"{Path}/{Guid.NewGuid()}")).StatusCode);
    }

    // Until a checkpoint covers all that is recorded now.
    private Task CoveredAsync() => UntilAsync(() => Sql.ScalarAsync<bool>(_broker.ConnectionString,
        "select coalesce((select max(size) from audit_checkpoint) >= (select max(seq) from audit_event where type not in ('log.checkpoint')) + 1, false) and not exists (select from audit_inbox)"));

    private async Task<Guid> RequestAsync(string body)
    {
        using var answer = await SendAsync(HttpMethod.Post, Path, body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode is HttpStatusCode.Accepted, text);
        var id = (Guid)JsonNode.Parse(text)!["id"]!;
        Assert.Equal($"{Path}/{id}", answer.Headers.Location!.ToString());
        return id;
    }

    private async Task<JsonNode> EndedAsync(Guid id)
    {
        JsonNode job = null!;
        await UntilAsync(async () =>
        {
            using var answer = await GetAsync($"{Path}/{id}");
            job = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            return (string?)job["state"] is "done" or "failed";
        });
        return job;
    }

    private async Task<IReadOnlyList<JsonNode>> EventsAsync(Guid id)
    {
        await _broker.AuditAsync("limit=1");
        var lines = await Sql.ScalarAsync<string>(_broker.ConnectionString, $"select json_agg(e)::text from {Sql.Log} where type = 'audit.exported' and data ->> 'export' = '{id}'");
        return [.. JsonNode.Parse(lines)!.AsArray().Select(e => e!).OrderBy(e => (string)e["occurred_at"]!, StringComparer.Ordinal)];
    }

    private BundleReport Verify(string bundle)
    {
        var ring = _broker.Services.GetRequiredService<SigningKeyRing>();
        IReadOnlyList<LogKey> Keys(KeyPurpose purpose) => [.. ring.PublishedFor(purpose).Keys.Select(key => LogKey.Of(key))];
        return new BundleVerifier(Keys(KeyPurpose.AuditCheckpoint), Keys(KeyPurpose.AuditExport), since: null).Verify(bundle);
    }

    private async Task RefusedAsync(HttpStatusCode status, string code, string path)
    {
        using var answer = await GetAsync(path);
        Assert.Equal((status, "urn:idjag:problem:" + code), (answer.StatusCode, (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["type"]));
    }

    private Task<HttpResponseMessage> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(_broker.Management, path));
        request.Headers.Authorization = new("Bearer", BrokerFixture.ManagementToken);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        return await _broker.Http.SendAsync(request);
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(60), "It did not come about in time.");
            await Task.Delay(50);
        }
    }
}
