using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization.Receipts;

/// <summary>Runs a sender for each issuer that is told of receipts. When the application stops, what waits is still sent, for a few seconds.</summary>
internal sealed class ReceiptService : BackgroundService
{
    /// <summary>How long the stop waits for receipts.</summary>
    public static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(5);

    private readonly IReadOnlyList<ReceiptSender> _senders;

    public ReceiptService(IOptions<IdJagAuthorizationServerOptions> options, ReceiptOutbox outbox, IssuerFetch fetch, TimeProvider clock, ILogger<ReceiptService> logger)
    {
        var server = options.Value;
        _senders =
        [
            .. from trust in server.TrustedIssuers
               where trust.Receipts is not null
               let delivery = new ReceiptDelivery(trust, server.Issuer, server.SigningKey!, fetch, clock, logger)
               select new ReceiptSender(outbox.For(trust)!, trust.Receipts!.Delay, delivery, clock, logger),
        ];
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(FlushTime);
        await Task.WhenAll(_senders.Select(sender => sender.FlushAsync(limit.Token)));
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(_senders.Select(sender => sender.RunAsync(stoppingToken)));
}
