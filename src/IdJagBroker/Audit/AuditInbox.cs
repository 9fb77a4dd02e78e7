using IdJagBroker.Storage;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.Audit;

/// <summary>What became of an event that was offered.</summary>
/// <param name="Replayed">The first of its replay keys that had been used before.</param>
/// <param name="IsDurable">Whether it was written: not if such a key decided.</param>
internal readonly record struct Recorded(ReplayKey? Replayed, bool IsDurable);

/// <summary>
/// The group-committed way into the log: callers queue (bounded), one writer commits whatever waits in one transaction and then
/// completes them. A caller that goes on has a durable event behind it; one that cannot is refused, quickly. The writer has a thread of
/// its own and blocks on its connection: a commit then changes no threads, which would cost more than the rows.
/// </summary>
internal sealed partial class AuditInbox(
    WriterDatabase database, IOptions<AuditOptions> options, TimeProvider clock, ILogger<AuditInbox> log) : IHostedService, IDisposable
{
    private readonly AuditQueue _queue = new(options.Value.MaxWaiting, options.Value.CommitDeadline, clock);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _started;

    // The writer's own: what must still be said of events whose callers had given up, or were told of a failure, when they turned out durable.
    private readonly List<WaitingEvent> _followUps = [];

    /// <summary>
    /// Makes an event durable, on which the caller then acts, together with its replay keys; one key used before refuses the event and
    /// nothing else. An event that is committed when its caller has given up is followed by its <see cref="AuditEvent.Abandoned"/>.
    /// A caller that wants to leave meanwhile waits all the same: the event is under way, and it is not for long.
    /// </summary>
    /// <exception cref="AuditUnavailableException">The queue is full, or the database did not commit within the deadline.</exception>
    public Task<Recorded> AppendOnceAsync(AuditEvent auditEvent, IReadOnlyList<ReplayKey> keys) => EnqueueAsync(auditEvent, keys, keysDecide: true, isActedOn: true);

    /// <summary>
    /// Makes an event durable unless one of its replay keys was used before, which says that it is there already. It stands by itself: nothing
    /// follows it if its caller gives up, who offers it again.
    /// </summary>
    /// <exception cref="AuditUnavailableException">The queue is full, or the database did not commit within the deadline.</exception>
    public Task<Recorded> AppendUnlessRepeatedAsync(AuditEvent auditEvent, IReadOnlyList<ReplayKey> keys) => EnqueueAsync(auditEvent, keys, keysDecide: true, isActedOn: false);

    /// <summary>
    /// Makes an event durable whatever becomes of its replay keys, if it has any: a refusal is recorded in any case, and says so if one
    /// was used before.
    /// </summary>
    /// <exception cref="AuditUnavailableException">The queue is full, or the database did not commit within the deadline.</exception>
    public Task<Recorded> AppendAsync(AuditEvent auditEvent, IReadOnlyList<ReplayKey> keys) => EnqueueAsync(auditEvent, keys, keysDecide: false, isActedOn: false);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _started = true;
        new Thread(Run) { Name = "audit writer", IsBackground = true }.Start();
        return Task.CompletedTask;
    }

    /// <summary>Takes no more events, and waits until those that are queued are written.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.End();
        if (_started) await Task.WhenAny(_ended.Task, Task.Delay(Timeout.Infinite, cancellationToken));
    }

    public void Dispose() => _queue.Dispose();

    private Task<Recorded> EnqueueAsync(AuditEvent auditEvent, IReadOnlyList<ReplayKey> keys, bool keysDecide, bool isActedOn)
    {
        WaitingEvent item;
        try
        {
            for (var i = 0; i < keys.Count; i++) keys[i].RefuseLongerLife(clock.GetUtcNow());
            item = new WaitingEvent(auditEvent, keys, keysDecide, clock.GetTimestamp()) { IsActedOn = isActedOn };
        }
        catch (ArgumentException e)     // it costs nobody but its caller
        {
            CommitFailed(1, e);
            return Task.FromException<Recorded>(new AuditUnavailableException("The event cannot be written.", e));
        }
        return _queue.TryAdd(item) ? item.Task : Task.FromException<Recorded>(new AuditUnavailableException("Too many events wait to be recorded."));
    }

    private void Run()
    {
        var batch = new List<WaitingEvent>(options.Value.MaxBatch);
        while (_queue.Take(batch, options.Value.MaxBatch))
        {
            Write(batch);
            WriteFollowUps();
        }
        WriteFollowUps();
        _ended.SetResult();
    }

    private void Write(List<WaitingEvent> batch)
    {
        try
        {
            var outcomes = AuditBatch.Commit(database, batch, clock.GetUtcNow());
            for (var i = 0; i < batch.Count; i++)
            {
                batch[i].ReleaseLine();
                if (!batch[i].TrySetResult(outcomes[i]) && outcomes[i].IsDurable) FollowUp(batch[i]);
            }
        }
        catch (Exception e) when (batch.Count > 1 && IsOfOneEvent(e))
        {
            // One event that the database cannot take must not cost the others theirs: each gets a transaction of its own.
            foreach (var item in batch.ToArray()) Write([item]);
        }
        catch (Exception e)      // whatever it was, nobody may go on without a record, and the writer must live on
        {
            CommitFailed(batch.Count, e);
            foreach (var item in batch) item.TrySetException(new AuditUnavailableException("The database did not commit.", e));
            if (e is CommitUnknownException) batch.ForEach(FollowUp);
            if (!IsOfOneEvent(e)) _followUps.AddRange(batch.Where(item => item.IsFollowUp));
        }
    }

    private void FollowUp(WaitingEvent item)
    {
        // Only what somebody would have acted on; a refusal stands by itself, and so does a receipt.
        if (item.IsActedOn) _followUps.Add(new WaitingEvent(item.Event.Abandoned(clock.GetUtcNow()), [], keysDecide: false, clock.GetTimestamp()) { IsFollowUp = true });
    }

    // What fails again comes back, and is written after the next batch.
    private void WriteFollowUps()
    {
        if (_followUps.Count is 0) return;
        List<WaitingEvent> due = [.. _followUps];
        _followUps.Clear();
        Write(due);
    }

    // A value that the database refuses (22), or a row that it refuses (23): a line that is too long.
    private static bool IsOfOneEvent(Exception e) =>
        e is PostgresException { SqlState: var state } && (state.StartsWith("22", StringComparison.Ordinal) || state.StartsWith("23", StringComparison.Ordinal));

    [LoggerMessage(1001, LogLevel.Error, "{Count} audit events could not be committed; their requests are refused")]
    private partial void CommitFailed(int count, Exception exception);
}
