namespace IdJagBroker.StandIn;

/// <summary>What goes wrong at the stand-in, from now on. Safe to change while requests run.</summary>
public sealed class Faults
{
    private readonly Lock _lock = new();
    private Func<VaultCall, bool> _where = static _ => true;
    private Fault? _fault;
    private int _left;
    private TimeSpan _clockOffset;

    /// <summary>What the stand-in's clock is ahead of this machine's.</summary>
    public TimeSpan ClockOffset
    {
        get
        {
            lock (_lock) return _clockOffset;
        }
        set
        {
            lock (_lock) _clockOffset = value;
        }
    }

    /// <summary>Every request that <paramref name="where"/> names, until <see cref="Clear"/>.</summary>
    public void Always(Fault fault, Func<VaultCall, bool>? where = null) => Next(int.MaxValue, fault, where);

    /// <summary>The next ones.</summary>
    public void Next(int count, Fault fault, Func<VaultCall, bool>? where = null)
    {
        lock (_lock) (_fault, _left, _where) = (fault, count, where ?? (static _ => true));
    }

    public void Clear()
    {
        lock (_lock) (_fault, _clockOffset) = (null, TimeSpan.Zero);
    }

    internal Fault? For(VaultCall call)
    {
        lock (_lock)
        {
            if (_fault is null || !_where(call)) return null;
            var fault = _fault;
            if (--_left is 0) _fault = null;
            return fault;
        }
    }
}
