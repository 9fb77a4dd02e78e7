using IdJagBroker.Audit.Checkpoints;
using IdJagBroker.Storage;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.Audit.Sequencing;

/// <summary>
/// Moves events from the inbox into the log, on one replica at a time: each gets the next number, the time, and its leaf in the tree. Who
/// holds the advisory lock leads, and writes over the very connection that holds it: a leader that the database has lost cannot write.
/// </summary>
internal sealed partial class Sequencer(
    SequencerDatabase database, LogOrigin origin, CheckpointSigner checkpoints, IOptions<AuditOptions> options, TimeProvider clock, ILogger<Sequencer> log) : BackgroundService
{
    private const long Lead = 4921002;
    private static readonly TimeSpan TakeOverWithin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(50);
    private bool _trouble;

    /// <summary>Whether this replica sequences.</summary>
    public bool IsLeading { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LeadAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)       // whatever it was, this must go on trying
            {
                if (!_trouble) NotSequenced(e);     // once for each outage
                _trouble = true;
            }
            IsLeading = false;
            await Task.Delay(TakeOverWithin, clock, stoppingToken);
        }
    }

    /// <summary>Sequences until the connection, or the service, ends; returns at once where another replica leads.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    private async Task LeadAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        if (!await TryLeadAsync(connection, ct)) return;
        var tail = await LogTail.ReadAsync(connection, origin, ct);
        await tail.MakePartitionsAsync(ct);
        IsLeading = true;
        while (!ct.IsCancellationRequested)
        {
            var moved = await tail.MoveAsync(options.Value.MaxSequenced, ct);
            _trouble = false;
            await checkpoints.TurnAsync(tail, ct);
            if (moved < options.Value.MaxSequenced) await Task.Delay(Idle, clock, ct);
        }
    }

    private static async Task<bool> TryLeadAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select pg_try_advisory_lock($1)", connection);
        command.Parameters.Add(new() { Value = Lead });
        return await command.ExecuteScalarAsync(ct) is true;
    }

    [LoggerMessage(1011, LogLevel.Error, "Events are not sequenced; it is tried again. They are durable, and not to be read yet")]
    private partial void NotSequenced(Exception exception);
}
