namespace IdJagBroker.Audit;

/// <summary>
/// What waits for the writer, oldest first, and no more than fits. Whoever waited longer than the deadline is told so, whether the writer
/// has taken the event or not: one timer for all, since a timer for each would cost more than the event.
/// </summary>
internal sealed class AuditQueue : IDisposable
{
    private readonly object _gate = new();
    private readonly Queue<WaitingEvent> _waiting = new();
    private readonly Queue<WaitingEvent> _unanswered = new();       // those too that the writer has taken
    private readonly int _capacity;
    private readonly TimeSpan _deadline;
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private bool _armed;
    private bool _ended;

    public AuditQueue(int capacity, TimeSpan deadline, TimeProvider clock)
    {
        (_capacity, _deadline, _clock) = (capacity, deadline, clock);
        _timer = clock.CreateTimer(_ => GiveUpOverdue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Lets an event wait; false if there is no room, or nobody takes any more.</summary>
    public bool TryAdd(WaitingEvent item)
    {
        lock (_gate)
        {
            if (_ended || _waiting.Count >= _capacity) return false;
            _waiting.Enqueue(item);
            _unanswered.Enqueue(item);
            if (!_armed) Arm(_deadline);
            if (_waiting.Count is 1) Monitor.Pulse(_gate);      // only then can the writer be asleep
            return true;
        }
    }

    /// <summary>Blocks until something waits, and moves up to <paramref name="max"/> of it into <paramref name="batch"/>; false when all is taken and no more comes.</summary>
    public bool Take(List<WaitingEvent> batch, int max)
    {
        batch.Clear();
        lock (_gate)
        {
            while (_unanswered.TryPeek(out var oldest) && oldest.Task.IsCompleted) _unanswered.Dequeue();
            while (_waiting.Count is 0 && !_ended) Monitor.Wait(_gate);
            while (batch.Count < max && _waiting.TryDequeue(out var item)) batch.Add(item);
            return batch.Count > 0;
        }
    }

    /// <summary>Takes no more; what waits is still taken out.</summary>
    public void End()
    {
        lock (_gate)
        {
            _ended = true;
            Monitor.PulseAll(_gate);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void GiveUpOverdue()
    {
        List<WaitingEvent> overdue = [];
        lock (_gate)
        {
            _armed = false;
            while (_unanswered.TryPeek(out var oldest))
            {
                var left = _deadline - _clock.GetElapsedTime(oldest.OfferedAt);
                if (!oldest.Task.IsCompleted && left > TimeSpan.Zero)
                {
                    Arm(left);
                    break;
                }
                overdue.Add(_unanswered.Dequeue());
            }
        }
        foreach (var item in overdue) item.TrySetException(new AuditUnavailableException("The database did not commit in time."));
    }

    private void Arm(TimeSpan left)
    {
        _armed = true;
        _timer.Change(left + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }
}
