using System.Diagnostics.Metrics;
using IdJagBroker.Storage;
using Npgsql;

namespace IdJagBroker.Audit.Checkpoints;

/// <summary>
/// Takes each checkpoint to every second place, oldest first. Every replica does: it is the same note each time, and a place keeps the first.
/// </summary>
internal sealed partial class CheckpointPublisher(
    SequencerDatabase database, IEnumerable<ICheckpointPlace> places, TimeProvider clock, ILogger<CheckpointPublisher> log) : BackgroundService
{
    private const int AtOnce = 100;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private static readonly Meter Meter = new("IdJagBroker");

    private readonly IReadOnlyList<ICheckpointPlace> _places = [.. places];
    private DateTimeOffset? _newest;
    private bool _trouble;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_places.Count is 0) NowhereElse();
        Meter.CreateObservableGauge("broker.audit.checkpoint.age", Age, "s", "How old the newest checkpoint is that is in every second place.");
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (_places.Count > 0) while (await PublishAsync(stoppingToken) is AtOnce) { }
                _trouble = false;
            }
            catch (CheckpointDiffersException e)
            {
                Differs(e.Message);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)       // a place or the database that is away comes back
            {
                if (!_trouble) NotPublished(e);         // once for each outage
                _trouble = true;
            }
        }
    }

    /// <summary>Publishes what is not published yet, a hundred at most; returns how many.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    /// <exception cref="CheckpointDiffersException">A place has another checkpoint of that size.</exception>
    public async Task<int> PublishAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        var due = new List<(long Size, string Note, DateTimeOffset SignedAt)>();
        await using (var command = new NpgsqlCommand($"select size, note, signed_at from audit_checkpoint where published_at is null order by size limit {AtOnce}", connection))
        await using (var reader = await command.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct)) due.Add((reader.GetInt64(0), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2)));
        foreach (var (size, note, signedAt) in due)
        {
            foreach (var place in _places) await place.PutAsync(size, note, ct);
            await using var done = new NpgsqlCommand("update audit_checkpoint set published_at = $2 where size = $1 and published_at is null", connection)
            {
                Parameters = { new() { Value = size }, new() { Value = clock.GetUtcNow() } },
            };
            await done.ExecuteNonQueryAsync(ct);
            _newest = signedAt;
        }
        return due.Count;
    }

    private IEnumerable<Measurement<double>> Age() => _newest is { } newest ? [new((clock.GetUtcNow() - newest).TotalSeconds)] : [];

    [LoggerMessage(1021, LogLevel.Warning, "Checkpoints of the log are kept in its database only: give Audit:Checkpoints:Directory or :BlobContainer, or whoever owns the database can rewrite both")]
    private partial void NowhereElse();

    [LoggerMessage(1022, LogLevel.Critical, "{What} The database was restored from a backup, or somebody has rewritten the log: compare them before anything else")]
    private partial void Differs(string what);

    [LoggerMessage(1023, LogLevel.Error, "Checkpoints could not be written to their second place; it is tried again every 5 s")]
    private partial void NotPublished(Exception exception);
}
