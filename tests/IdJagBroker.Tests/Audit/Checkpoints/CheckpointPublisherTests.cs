using System.Collections.Concurrent;
using System.Net;
using Azure.Core;
using IdJagBroker.Audit.Checkpoints;
using IdJagBroker.Shared;
using IdJagBroker.Storage;
using IdJagBroker.Tests.Audit.Sequencing;
using IdJagBroker.Tests.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace IdJagBroker.Tests.Audit.Checkpoints;

/// <summary>Checkpoints in a second place: each once, oldest first, none ever written over.</summary>
public sealed class CheckpointPublisherTests(BrokerPostgres postgres) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("idjag-checkpoints-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static CheckpointPublisher Publisher(LogBench log, params ICheckpointPlace[] places) => new(
        new SequencerDatabase(Options.Create(new DatabaseOptions { ConnectionString = log.ConnectionString })), places, TimeProvider.System, NullLogger<CheckpointPublisher>.Instance);

    private async Task<LogBench> LogAsync()
    {
        var log = await LogBench.StartAsync(postgres, new CheckpointOptions { Every = TimeSpan.FromSeconds(1), Events = 20 });
        await log.StartSequencerAsync();
        // Three at the least, however much was in the log by then.
        for (var (made, size) = (0, 0L); made < 3; made++)
        {
            await log.AppendAsync(20);
            size = (await log.CheckpointAsync(size + 1)).Size;
        }
        return log;
    }

    [Fact]
    public async Task Writes_each_to_every_place_once()
    {
        await using var log = await LogAsync();
        await using var blobs = await Blobs.StartAsync();
        using var publisher = Publisher(log, new DirectoryPlace(_folder), blobs.Place());

        Assert.InRange(await publisher.PublishAsync(default), 3, 100);
        var stored = await Sql.ScalarAsync<string[]>(log.ConnectionString, "select array_agg(note order by size) from audit_checkpoint where published_at is not null");
        Assert.Equal(stored, Directory.GetFiles(_folder).Order(StringComparer.Ordinal).Select(File.ReadAllText));
        Assert.Equal(stored, blobs.Stored.OrderBy(blob => blob.Key, StringComparer.Ordinal).Select(blob => blob.Value));
        Assert.All(blobs.Requests, request => Assert.Equal(("Bearer of-the-broker", "2021-12-02", "BlockBlob", "*"), request));
        var more = blobs.Requests.Count;
        await publisher.PublishAsync(default);
        Assert.InRange(blobs.Requests.Count, more, more + 2);        // only what was signed meanwhile
    }

    [Fact]
    public async Task Writes_over_nothing_and_says_that_another_is_there()
    {
        await using var log = await LogAsync();
        await using var blobs = await Blobs.StartAsync();
        var size = await Sql.ScalarAsync<long>(log.ConnectionString, "select min(size) from audit_checkpoint");
        await File.WriteAllTextAsync(Path.Combine(_folder, DirectoryPlace.NameOf(size)), "another log's");
        blobs.Stored["/container/" + DirectoryPlace.NameOf(size)] = "another log's";

        foreach (var place in new ICheckpointPlace[] { new DirectoryPlace(_folder), blobs.Place() })
        {
            using var publisher = Publisher(log, place);
            Assert.Contains($"another checkpoint of size {size}", (await Assert.ThrowsAsync<CheckpointDiffersException>(() => publisher.PublishAsync(default))).Message, StringComparison.Ordinal);
        }
        Assert.Equal("another log's", await File.ReadAllTextAsync(Path.Combine(_folder, DirectoryPlace.NameOf(size))));
        Assert.Equal("another log's", blobs.Stored["/container/" + DirectoryPlace.NameOf(size)]);
        Assert.Equal(0L, await Sql.ScalarAsync<long>(log.ConnectionString, "select count(*) from audit_checkpoint where published_at is not null"));
    }

    [Fact]
    public async Task Is_content_with_what_another_replica_wrote()
    {
        await using var log = await LogAsync();
        await using var blobs = await Blobs.StartAsync();
        using var one = Publisher(log, new DirectoryPlace(_folder), blobs.Place());
        using var other = Publisher(log, new DirectoryPlace(_folder), blobs.Place());

        await Task.WhenAll(one.PublishAsync(default), other.PublishAsync(default));
        Assert.Equal(Directory.GetFiles(_folder).Length, blobs.Stored.Count);
    }

    [Fact]
    public async Task Tries_again_while_a_place_is_away_and_keeps_the_order()
    {
        await using var log = await LogAsync();
        await using var blobs = await Blobs.StartAsync();
        blobs.Away = true;
        using var publisher = Publisher(log, blobs.Place());

        await Assert.ThrowsAsync<HttpRequestException>(() => publisher.PublishAsync(default));
        Assert.Empty(blobs.Stored);
        Assert.Equal(0L, await Sql.ScalarAsync<long>(log.ConnectionString, "select count(*) from audit_checkpoint where published_at is not null"));
        blobs.Away = false;
        Assert.InRange(await publisher.PublishAsync(default), 3, 100);
    }

    /// <summary>What Blob Storage does with these two calls.</summary>
    private sealed class Blobs(WebApplication app, string address) : IAsyncDisposable
    {
        public ConcurrentDictionary<string, string> Stored { get; } = new(StringComparer.Ordinal);

        public ConcurrentQueue<(string?, string?, string?, string?)> Requests { get; } = [];

        public bool Away { get; set; }

        public static async Task<Blobs> StartAsync()
        {
            var address = $"http://127.0.0.1:{FreePort.Next()}";
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            var app = builder.Build();
            app.Urls.Add(address);
            var blobs = new Blobs(app, address);
            app.MapPut("/container/{name}", blobs.PutAsync);
            app.MapGet("/container/{name}", (HttpContext http) => blobs.Stored.TryGetValue(http.Request.Path, out var note) ? Results.Text(note) : Results.NotFound());
            await app.StartAsync();
            return blobs;
        }

        public BlobPlace Place() => new(new HttpClient(), new Uri(address + "/container"), new OwnToken());

        public ValueTask DisposeAsync() => app.DisposeAsync();

        private async Task PutAsync(HttpContext http)
        {
            var headers = http.Request.Headers;
            Requests.Enqueue((headers.Authorization, headers["x-ms-version"], headers["x-ms-blob-type"], headers.IfNoneMatch));
            if (Away) http.Response.StatusCode = (int)HttpStatusCode.ServiceUnavailable;
            else http.Response.StatusCode = (int)(Stored.TryAdd(http.Request.Path, await new StreamReader(http.Request.Body).ReadToEndAsync()) ? HttpStatusCode.Created : HttpStatusCode.Conflict);
        }
    }

    private sealed class OwnToken : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            Assert.Equal("https://storage.azure.com/.default", Assert.Single(requestContext.Scopes));
            return new("of-the-broker", DateTimeOffset.MaxValue);
        }

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => ValueTask.FromResult(GetToken(requestContext, cancellationToken));
    }
}
