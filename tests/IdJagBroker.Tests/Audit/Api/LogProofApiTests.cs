using System.Net;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Audit.Api;

/// <summary>What proves the log to a stranger, over HTTP: checkpoints, tiles, proofs and keys, and that they fit together.</summary>
public sealed class LogProofApiTests(BrokerPostgres postgres) : IAsyncLifetime
{
    private readonly BrokerFixture _broker = new(postgres);

    private AuditDesk Desk => new(_broker);

    public async ValueTask InitializeAsync() => await _broker.StartAsync(["--Audit:Checkpoints:Every=00:00:01"]);

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public async Task A_checkpoint_tiles_proofs_and_keys_fit_together()
    {
        await Desk.WriteAsync(Enumerable.Range(0, 300).Select(_ => AuditDesk.Event("proof.one")));
        var event300 = (await Desk.GetAsync("events/299")).Is(HttpStatusCode.OK);
        var note = await CoveringAsync(299);

        var keys = (await Desk.GetAsync("keys")).Is(HttpStatusCode.OK).Body;
        var key = LogKey.TryParse((string)keys["vkeys"]![0]!)!;
        Assert.True(VerifiedCheckpoint.TryOpen(note, [key], (string)keys["origin"]!, out var verified, out var fault), fault);
        Assert.Contains(keys["keys"]!.AsArray(), jwk => (string?)jwk!["kid"] == key.Kid && (string?)jwk["purpose"] is "audit_checkpoint" && (string?)jwk["state"] is "active" && (string?)jwk["kty"] is "EC" && jwk["d"] is null);
        Assert.Contains(keys["keys"]!.AsArray(), jwk => (string?)jwk!["purpose"] is "audit_export");
        Assert.DoesNotContain(keys["keys"]!.AsArray(), jwk => (string?)jwk!["purpose"] is "id_jag" or "access_token");

        var id = (string)event300.Body["id"]!;
        foreach (var name in new[] { "299", id })
        {
            var proof = (await Desk.GetAsync($"events/{name}/proof")).Is(HttpStatusCode.OK);
            Assert.Equal("text/plain", proof.ContentType);
            Assert.True(TlogProof.TryParse(proof.Bytes, out var parsed));
            Assert.True(parsed!.TryVerify(TreeHash.Leaf(event300.Bytes), [key], (string)keys["origin"]!, out _, out var wrong), wrong);
        }

        // The root from tiles alone, as any client of the format computes it.
        var size = verified!.Checkpoint.Size;
        var read = new Dictionary<TileId, byte[]>();
        foreach (var tile in TreeProof.TilesForInclusion(size - 1, size).Union(TreeProof.TilesForInclusion(0, size)))
        {
            var answer = (await Desk.GetAsync("tiles/" + tile.ToPath())).Is(HttpStatusCode.OK);
            Assert.Equal("application/octet-stream", answer.ContentType);
            Assert.Equal("max-age=31536000, private, immutable", string.Join(", ", answer.Response.Headers.CacheControl!.ToString().Split(", ").OrderBy(word => word is "immutable").ThenBy(word => word is "private")));
            Assert.Equal(tile.Width * TreeHash.Bytes, answer.Bytes.Length);
            read[tile] = answer.Bytes;
        }
        var path = TreeProof.Inclusion(299, size, tile => read.TryGetValue(tile, out var hashes) ? hashes : read.Where(other => (other.Key.Level, other.Key.Index) == (tile.Level, tile.Index)).Select(other => (ReadOnlyMemory<byte>?)other.Value).FirstOrDefault());
        Assert.True(TreeProof.VerifyInclusion(TreeHash.Leaf(event300.Bytes), 299, size, path, verified.Checkpoint.Root));
    }

    [Fact]
    public async Task Tiles_are_given_in_every_width_that_there_is_and_in_no_other_spelling()
    {
        await Desk.WriteAsync(Enumerable.Range(0, 260).Select(_ => AuditDesk.Event("tile.one")));
        await CoveringAsync(259);
        var full = (await Desk.GetAsync("tiles/tile/0/000")).Is(HttpStatusCode.OK).Bytes;
        Assert.Equal(TileId.FullBytes, full.Length);
        Assert.Equal(full[..(7 * TreeHash.Bytes)], (await Desk.GetAsync("tiles/tile/0/000.p/7")).Is(HttpStatusCode.OK).Bytes);
        Assert.Equal(3 * TreeHash.Bytes, (await Desk.GetAsync("tiles/tile/0/001.p/3")).Is(HttpStatusCode.OK).Bytes.Length);
        foreach (var path in new[] { "tile/0/001", "tile/0/001.p/255", "tile/0/777", "tile/0/0", "tile/0/000.p/0", "tile/0/000.p/257", "tile/9/000", "tile/x", "tile/1/000" })
            (await Desk.GetAsync("tiles/" + path)).IsRefused(HttpStatusCode.NotFound, "no-such-tile");
        Assert.Equal((await Desk.GetAsync("checkpoints/latest")).Text[..20], (await Desk.GetAsync("tiles/checkpoint")).Is(HttpStatusCode.OK).Text[..20]);
    }

    [Fact]
    public async Task Checkpoints_are_listed_by_page_and_each_is_given_as_it_was_signed()
    {
        for (var i = 0; i < 3; i++)
        {
            await Desk.WriteAsync(AuditDesk.Event("list.one"));
            await CoveringAsync((await Desk.SeqsAsync("type=list.one")).Max());
        }
        var all = (await Desk.GetAsync("checkpoints")).Is(HttpStatusCode.OK).Body["checkpoints"]!.AsArray().Select(row => (long)row!["size"]!).ToList();
        Assert.True(all.Count >= 3);
        Assert.Equal(all.OrderDescending(), all);
        var paged = new List<long>();
        for (long? before = null; ;)
        {
            var page = (await Desk.GetAsync($"checkpoints?limit=2{(before is null ? "" : $"&before={before}")}")).Is(HttpStatusCode.OK);
            paged.AddRange(page.Body["checkpoints"]!.AsArray().Select(row => (long)row!["size"]!));
            before = (long?)page.Body["next"];
            Assert.Equal(before is not null, page.Response.Headers.Contains("Link"));
            if (before is null) break;
        }
        Assert.Equal(all, paged[^all.Count..]);
        Assert.Null((await Desk.GetAsync($"checkpoints?before={all[0]}&limit={all.Count - 1}")).Is(HttpStatusCode.OK).Body["next"]);       // a full page may be the last
        var one = (await Desk.GetAsync($"checkpoints/{all[^1]}")).Is(HttpStatusCode.OK);
        Assert.Equal("text/plain", one.ContentType);
        Assert.Equal(all[^1].ToString(System.Globalization.CultureInfo.InvariantCulture), one.Text.Split('\n')[1]);
        Assert.Contains("immutable", one.Response.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        Assert.True((await Desk.GetAsync("checkpoints/latest")).Is(HttpStatusCode.OK).Response.Headers.CacheControl!.NoStore);
        foreach (var size in new[] { "999999", "x", "01" }) (await Desk.GetAsync($"checkpoints/{size}")).IsRefused(HttpStatusCode.NotFound, "no-such-checkpoint");
        (await Desk.GetAsync("checkpoints?limit=0")).IsRefused(HttpStatusCode.BadRequest, "invalid-request", "limit", 1);
        (await Desk.GetAsync("checkpoints?after=1")).IsRefused(HttpStatusCode.BadRequest, "invalid-request", "after", 1);
    }

    private async Task<byte[]> CoveringAsync(long seq)
    {
        for (var tries = 0; tries < 200; tries++)
        {
            var latest = await Desk.GetAsync("checkpoints/latest");
            if (latest.Status is HttpStatusCode.OK && long.Parse(latest.Text.Split('\n')[1], System.Globalization.CultureInfo.InvariantCulture) > seq) return latest.Bytes;
            await Task.Delay(100);
        }
        throw new TimeoutException($"No checkpoint covers event {seq}.");
    }
}

/// <summary>A log without a checkpoint.</summary>
public sealed class LogBeforeCheckpointTests(BrokerPostgres postgres)
{
    [Fact]
    public async Task A_proof_waits_for_a_checkpoint_that_covers_the_event()
    {
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync(["--Audit:Checkpoints:Every=00:00:03"]);
        var desk = new AuditDesk(broker);
        for (var tries = 0; tries < 100 && (await desk.GetAsync("checkpoints/latest")).Status is HttpStatusCode.NotFound; tries++) await Task.Delay(100);
        var (seq, early) = (0L, default(AuditAnswer)!);
        for (var tries = 0; tries < 10 && early?.Status is not HttpStatusCode.Conflict; tries++)        // a checkpoint may come in between
        {
            await desk.WriteAsync(AuditDesk.Event("early." + tries));
            seq = (await desk.SeqsAsync("type=early." + tries)).Single();
            early = await desk.GetAsync($"events/{seq}/proof");
        }
        early!.IsRefused(HttpStatusCode.Conflict, "no-checkpoint-yet");
        Assert.Equal(TimeSpan.FromSeconds(3), early.Response.Headers.RetryAfter!.Delta);
        for (var tries = 0; tries < 100 && (await desk.GetAsync($"events/{seq}/proof")).Status is HttpStatusCode.Conflict; tries++) await Task.Delay(100);
        (await desk.GetAsync($"events/{seq}/proof")).Is(HttpStatusCode.OK);
    }
}
