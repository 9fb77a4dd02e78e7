using IdJagBroker.Audit.Checkpoints;
using IdJagBroker.Storage;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.Audit.Sequencing;

/// <summary>
/// Moves events from the inbox into the log, on one replica at a time: each gets the next number, the time, and its leaf in the tree. Who
/// holds the advisory lock leads, and writes over the very connection that holds it: a leader that the database has lost cannot write. It has a thread of its
/// own, which blocks on that connection.
/// </summary>
internal sealed partial class Sequencer(
    SequencerDatabase database, LogOrigin origin, CheckpointSigner checkpoints, IOptions<AuditOptions> options, TimeProvider clock, ILogger<Sequencer> log) : BackgroundService
{
    private const long LockNumber = 4921002;
    private static readonly TimeSpan TakeOverWithin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan EndWithin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(50);

    // Where many come, larger batches: each costs a commit. Still within the 250 ms after which an event can be read.
    private const int Few = 32;
    private static readonly TimeSpan Busy = TimeSpan.FromMilliseconds(120);
    private bool _trouble;

    /// <summary>Whether this replica sequences.</summary>
    public bool IsLeading { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => { Run(stoppingToken); ended.SetResult(); }) { Name = "sequencer", IsBackground = true }.Start();
        // A database that does not answer must not hold up the end of the process; what is under way there is rolled back.
        await Task.WhenAny(ended.Task, Task.Delay(Timeout.Infinite, stoppingToken));
        await Task.WhenAny(ended.Task, Task.Delay(EndWithin, CancellationToken.None));
    }

    private void Run(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                Lead(ct);
            }
            catch (Exception e) when (!ct.IsCancellationRequested)       // whatever it was, this must go on trying
            {
                if (!_trouble) NotSequenced(e);     // once for each outage
                _trouble = true;
            }
            catch (Exception)
            {
                // It was told to end, and that is all.
            }
            IsLeading = false;
            Wait(TakeOverWithin, ct);
        }
    }

    /// <summary>Sequences until the connection, or the service, ends; returns at once where another replica leads. Blocks its thread.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    private void Lead(CancellationToken ct)
    {
        using var connection = database.OpenAsync(ct).GetAwaiter().GetResult();
        if (!TryLead(connection)) return;
        var tail = LogTail.ReadAsync(connection, origin, options.Value.MaxSequenced, ct).GetAwaiter().GetResult();
        tail.MakePartitionsAsync(ct).GetAwaiter().GetResult();
        IsLeading = true;
        while (!ct.IsCancellationRequested)
        {
            var moved = tail.Move();
            _trouble = false;
            checkpoints.TurnAsync(tail, ct).GetAwaiter().GetResult();
            if (moved < options.Value.MaxSequenced) Wait(moved < Few ? Idle : Busy, ct);
        }
    }

    private void Wait(TimeSpan time, CancellationToken ct) => Task.WhenAny(Task.Delay(time, clock, ct)).GetAwaiter().GetResult();

    private static bool TryLead(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand("select pg_try_advisory_lock($1)", connection) { Parameters = { new() { Value = LockNumber } } };
        return command.ExecuteScalar() is true;
    }

    [LoggerMessage(1011, LogLevel.Error, "Events are not sequenced; it is tried again. They are durable, and not to be read yet")]
    private partial void NotSequenced(Exception exception);
}
