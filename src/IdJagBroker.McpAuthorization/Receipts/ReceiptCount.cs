using System.Diagnostics.Metrics;

namespace IdJagBroker.McpAuthorization.Receipts;

/// <summary>Counts receipts by how they ended: <c>sent</c>, <c>rejected</c> by the issuer, <c>dropped</c> because they could not be sent.</summary>
internal static class ReceiptCount
{
    private static readonly Meter Meter = new("IdJagBroker.McpAuthorization");
    private static readonly Counter<long> Receipts = Meter.CreateCounter<long>("idjag.receipts", "{receipt}", "Receipts of ID-JAGs, by issuer and result.");

    public static void Add(string issuer, string result, int count)
    {
        if (count > 0) Receipts.Add(count, new("issuer", issuer), new KeyValuePair<string, object?>("result", result));
    }
}
