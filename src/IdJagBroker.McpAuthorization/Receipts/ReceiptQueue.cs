using System.Threading.Channels;

namespace IdJagBroker.McpAuthorization.Receipts;

/// <summary>The receipts that wait for one issuer, oldest first. Adding never waits: when it is full the oldest gives way, which is counted and now and then said.</summary>
internal sealed class ReceiptQueue
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromMinutes(1);

    private readonly Channel<Receipt> _waiting;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private long _sinceLine;
    private long _lastLine;

    public ReceiptQueue(string issuer, int maxWaiting, TimeProvider clock, ILogger logger)
    {
        (Issuer, _clock, _logger) = (issuer, clock, logger);
        _waiting = Channel.CreateBounded<Receipt>(new BoundedChannelOptions(maxWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }, _ => Dropped(1));
    }

    public string Issuer { get; }

    public ChannelReader<Receipt> Reader => _waiting.Reader;

    public void Add(Receipt receipt) => _waiting.Writer.TryWrite(receipt);

    /// <summary>Counts receipts that are given up.</summary>
    public void Dropped(int count)
    {
        ReceiptCount.Add(Issuer, "dropped", count);
        Interlocked.Add(ref _sinceLine, count);
        var last = Interlocked.Read(ref _lastLine);
        if (last is not 0 && _clock.GetElapsedTime(last) < BetweenLines) return;
        if (Interlocked.CompareExchange(ref _lastLine, _clock.GetTimestamp(), last) != last) return;      // another thread writes it
        Log.ReceiptsDropped(_logger, Issuer, Interlocked.Exchange(ref _sinceLine, 0));
    }
}
