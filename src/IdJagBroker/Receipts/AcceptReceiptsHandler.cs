using IdJagBroker.Audit;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using MediatR;

namespace IdJagBroker.Receipts;

/// <summary>
/// Records what became of ID-JAGs: only those that this broker issued for that very server, each receipt once however often it is sent, and
/// all of it durable before it is answered.
/// </summary>
internal sealed class AcceptReceiptsHandler(IssuedIdJags issued, ReceiptLog log, ReceiptRoom room, TimeProvider clock) : IRequestHandler<AcceptReceipts, OAuthResult<ReceiptsAnswer>>
{
    /// <summary>The most receipts that are taken for one ID-JAG: it may be redeemed more than once, but no server writes without end.</summary>
    public const int MaxForOne = 64;

    /// <summary>Refuses with 429 while too many batches are worked on.</summary>
    /// <exception cref="AuditUnavailableException">The log is behind, or took an event not in time. What was recorded before stays, and is not recorded again.</exception>
    /// <exception cref="Npgsql.NpgsqlException">The database is away.</exception>
    public async Task<OAuthResult<ReceiptsAnswer>> Handle(AcceptReceipts command, CancellationToken cancellationToken)
    {
        using var place = await room.TakeAsync(cancellationToken);
        if (place is null) return OAuthError.TooManyRequests(ReceiptRoom.Patience).Because("RATE_LIMITED", "room for receipts");

        var rejected = new List<RejectedReceipt>();
        var receipts = new List<(int Index, Receipt Receipt)>(command.Items.Count);
        for (var i = 0; i < command.Items.Count; i++)
        {
            if (Receipt.TryParse(command.Items[i], out var member) is { } receipt) receipts.Add((i, receipt));
            else rejected.Add(new RejectedReceipt(i, ReceiptError.Malformed, member));
        }

        var known = receipts.Count is 0 ? [] : await issued.FindAsync(command.Server.Issuer.Value, [.. receipts.Select(one => one.Receipt.Jti).Distinct(StringComparer.Ordinal)], cancellationToken);
        var due = new List<(Guid, AuditEvent)>();
        foreach (var (index, receipt) in receipts)
        {
            if (Judge(known.GetValueOrDefault(receipt.Jti), receipt) is { } error) rejected.Add(new RejectedReceipt(index, error));
            else if (known[receipt.Jti].Receipts.Add(receipt.Id)) due.Add((receipt.Id, ReceiptEvent.Of(command, receipt, known[receipt.Jti], clock.GetUtcNow())));
        }
        await log.RecordAsync(command.Server, due);
        ReceiptCount.Add(command.Server.Alias, command.Items.Count - rejected.Count, rejected);
        return new ReceiptsAnswer(command.Items.Count - rejected.Count, [.. rejected.OrderBy(one => one.Index)]);
    }

    private string? Judge(IssuedIdJag? idJag, Receipt receipt)
    {
        if (idJag is null) return ReceiptError.UnknownJti;
        if (receipt.At > clock.GetUtcNow() + JwtTimes.Skew || receipt.At < idJag.IssuedAt - JwtTimes.Skew) return ReceiptError.ImpossibleTime;
        return idJag.Receipts.Count >= MaxForOne && !idJag.Receipts.Contains(receipt.Id) ? ReceiptError.TooMany : null;
    }
}
