using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.Audit;

/// <summary>What became of an event that was offered.</summary>
/// <param name="Replayed">The first of its replay keys that had been used before.</param>
/// <param name="IsDurable">Whether it was written: not if such a key decided.</param>
internal readonly record struct Recorded(ReplayKey? Replayed, bool IsDurable);

/// <summary>
/// The group-committed way into the log: callers queue (bounded), one writer commits whatever waits in one transaction and then
/// completes them. A caller that goes on has a durable event behind it; one that cannot is refused, quickly.
/// </summary>
internal sealed partial class AuditInbox(
    NpgsqlDataSource database, IOptions<AuditOptions> options, TimeProvider clock, ILogger<AuditInbox> log) : BackgroundService
{
    private readonly Channel<Waiting> _waiting = Channel.CreateBounded<Waiting>(
        new BoundedChannelOptions(options.Value.MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    // The writer's own: what must still be said of events whose callers had given up, or were told of a failure, when they turned out durable.
    private readonly List<Waiting> _followUps = [];

    /// <summary>
    /// Makes an event durable, on which the caller then acts, together with its replay keys; one key used before refuses the event and
    /// nothing else. An event that is committed when its caller has given up is followed by its <see cref="AuditEvent.Abandoned"/>.
    /// </summary>
    /// <exception cref="AuditUnavailableException">The queue is full, or the database did not commit within the deadline.</exception>
    public Task<Recorded> AppendOnceAsync(AuditEvent auditEvent, IReadOnlyList<ReplayKey> keys, CancellationToken ct) =>
        EnqueueAsync(new Waiting(auditEvent, keys, KeysDecide: true), ct);

    /// <summary>
    /// Makes an event durable whatever becomes of its replay keys, if it has any: a refusal is recorded in any case, and says so if one
    /// was used before.
    /// </summary>
    /// <exception cref="AuditUnavailableException">The queue is full, or the database did not commit within the deadline.</exception>
    public Task<Recorded> AppendAsync(AuditEvent auditEvent, IReadOnlyList<ReplayKey> keys, CancellationToken ct) =>
        EnqueueAsync(new Waiting(auditEvent, keys, KeysDecide: false), ct);

    private async Task<Recorded> EnqueueAsync(Waiting item, CancellationToken ct)
    {
        if (!_waiting.Writer.TryWrite(item)) throw new AuditUnavailableException("Too many events wait to be recorded.");
        try
        {
            return await item.Done.Task.WaitAsync(options.Value.CommitDeadline, clock, ct);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // Whoever is first decides: a caller that gives up before the writer knows leaves an event that nobody acts on.
            if (!item.Done.TrySetCanceled(CancellationToken.None)) return await item.Done.Task;
            if (e is TimeoutException) throw new AuditUnavailableException("The database did not commit in time.", e);
            throw;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<Waiting>(options.Value.MaxBatch);
        // Not cancelled by the stop: what has been queued is written, then the channel ends.
        while (await _waiting.Reader.WaitToReadAsync(CancellationToken.None))
        {
            batch.Clear();
            while (batch.Count < options.Value.MaxBatch && _waiting.Reader.TryRead(out var item)) batch.Add(item);
            await WriteAsync(batch);
            await WriteFollowUpsAsync();
        }
        await WriteFollowUpsAsync();
    }

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        _waiting.Writer.TryComplete();
        return base.StopAsync(cancellationToken);
    }

    private async Task WriteAsync(List<Waiting> batch)
    {
        try
        {
            var outcomes = await AuditBatch.CommitAsync(database, batch.ConvertAll(w => (w.Event, w.Keys, w.KeysDecide)));
            for (var i = 0; i < batch.Count; i++)
                if (!batch[i].Done.TrySetResult(outcomes[i]) && outcomes[i].IsDurable) FollowUp(batch[i]);
        }
        catch (Exception e) when (batch.Count > 1 && IsOfOneEvent(e))
        {
            // One event that the database cannot take must not cost the others theirs: each gets a transaction of its own.
            foreach (var item in batch.ToArray()) await WriteAsync([item]);
        }
        catch (Exception e)      // whatever it was, nobody may go on without a record, and the writer must live on
        {
            CommitFailed(batch.Count, e);
            foreach (var item in batch) item.Done.TrySetException(new AuditUnavailableException("The database did not commit.", e));
            if (e is CommitUnknownException) batch.ForEach(FollowUp);
            if (!IsOfOneEvent(e)) _followUps.AddRange(batch.Where(item => item.IsFollowUp));
        }
    }

    private void FollowUp(Waiting item)
    {
        // Only what somebody would have acted on; a refusal stands by itself.
        if (item.KeysDecide) _followUps.Add(new Waiting(item.Event.Abandoned(clock.GetUtcNow()), [], KeysDecide: false) { IsFollowUp = true });
    }

    // What fails again comes back, and is written after the next batch.
    private async Task WriteFollowUpsAsync()
    {
        if (_followUps.Count is 0) return;
        List<Waiting> due = [.. _followUps];
        _followUps.Clear();
        await WriteAsync(due);
    }

    // A value that the database refuses (22), a row that it refuses (23), or text that is no UTF-8 to send.
    private static bool IsOfOneEvent(Exception e) => e is ArgumentException
        || (e is PostgresException { SqlState: var state } && (state.StartsWith("22", StringComparison.Ordinal) || state.StartsWith("23", StringComparison.Ordinal)));

    [LoggerMessage(1001, LogLevel.Error, "{Count} audit events could not be committed; their requests are refused")]
    private partial void CommitFailed(int count, Exception exception);

    private sealed record Waiting(AuditEvent Event, IReadOnlyList<ReplayKey> Keys, bool KeysDecide)
    {
        // Continuations run elsewhere, or the writer would run the callers' requests.
        public TaskCompletionSource<Recorded> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Whether nobody waits for it, and it must not be lost.</summary>
        public bool IsFollowUp { get; init; }
    }
}
