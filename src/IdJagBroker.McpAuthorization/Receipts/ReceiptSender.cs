using System.Security.Cryptography;

namespace IdJagBroker.McpAuthorization.Receipts;

/// <summary>
/// Sends what waits for one issuer: batch after batch, each until it is taken, so that their order stays. While the issuer takes none, it is asked
/// ever more seldom.
/// </summary>
internal sealed class ReceiptSender(ReceiptQueue queue, TimeSpan delay, ReceiptDelivery delivery, TimeProvider clock, ILogger logger)
{
    /// <summary>The first pause after a failure; each further one is twice as long.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause of our own.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    /// <summary>The longest pause that an issuer can ask for.</summary>
    public static readonly TimeSpan LongestRetryAfter = TimeSpan.FromMinutes(5);

    private ReceiptBatch? _batch;       // what is being delivered: taken out of the queue, and not lost if this is ended
    private bool _trouble;

    /// <summary>Sends until it is ended.</summary>
    /// <exception cref="OperationCanceledException">It was.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        while (await queue.Reader.WaitToReadAsync(ct))
        {
            if (queue.Reader.Count < ReceiptBatch.MaxReceipts) await Task.Delay(delay, clock, ct);       // for others to go with it
            var pause = FirstPause;
            while (await TryAsync(ct) is { IsOver: false } failed)
            {
                var wait = failed.RetryAfter is { } asked && asked > pause ? Min(asked, LongestRetryAfter) : pause;
                await Task.Delay(wait + (wait * (RandomNumberGenerator.GetInt32(250) / 1000.0)), clock, ct);           // not all replicas at once
                pause = Min(pause * 2, LongestPause);
            }
        }
    }

    /// <summary>After <see cref="RunAsync"/> ended: delivers what there is, without pauses, as far as it gets.</summary>
    public async Task FlushAsync(CancellationToken ct)
    {
        try
        {
            while (await TryAsync(ct) is { IsOver: true })
            {
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // What is left is given up below.
        }
        var left = (_batch?.Count ?? 0) + queue.Reader.Count;
        if (left > 0) queue.Dropped(left);
    }

    // One attempt with the batch that is due; null if there is none.
    private async Task<DeliveryResult?> TryAsync(CancellationToken ct)
    {
        if ((_batch ??= ReceiptBatch.Take(queue.Reader)) is not { } batch) return null;
        var result = await delivery.DeliverAsync(batch, ct);
        if (result.IsOver)
        {
            _batch = null;
            if (result.Fault is { } fault)
            {
                Log.ReceiptsRejected(logger, queue.Issuer, batch.Count, fault);
                ReceiptCount.Add(queue.Issuer, "rejected", batch.Count);
            }
        }
        else if (!_trouble)
        {
            Log.ReceiptsNotSent(logger, queue.Issuer, result.Fault!);      // once for each outage
        }
        _trouble = !result.IsOver;
        return result;
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
