using System.Diagnostics.Metrics;

namespace IdJagBroker.Receipts;

/// <summary>Counts receipts by how they ended. What is counted by is closed: aliases of the catalogue, and words of ours.</summary>
internal static class ReceiptCount
{
    private static readonly Meter Meter = new("IdJagBroker");
    private static readonly Counter<long> Receipts = Meter.CreateCounter<long>("broker.receipts", "{receipt}", "Receipts of authorization servers, by server and result.");

    public static void Add(string server, int accepted, IReadOnlyList<RejectedReceipt> rejected)
    {
        if (!Receipts.Enabled) return;
        if (accepted > 0) Add(server, "accepted", accepted);
        foreach (var one in rejected.CountBy(one => one.Error)) Add(server, one.Key, one.Value);
    }

    private static void Add(string server, string result, int count) =>
        Receipts.Add(count, new("server", server), new KeyValuePair<string, object?>("result", result));
}
