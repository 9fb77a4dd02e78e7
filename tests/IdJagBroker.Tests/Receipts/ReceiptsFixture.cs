using System.Security.Cryptography;
using System.Text.Json.Nodes;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Receipts;

/// <summary>A broker to which two authorization servers report, each with its key.</summary>
public sealed class ReceiptsFixture(BrokerPostgres postgres) : IAsyncLifetime
{
    internal BrokerFixture Broker { get; } = new(postgres);

    internal ECDsa TrackrKey { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    internal ECDsa WikiKey { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    internal ReceiptDesk Trackr => new(Broker, TrackrKey);

    internal ReceiptDesk Wiki => new(Broker, WikiKey, TestPolicies.WikiIssuer, "wiki-1");

    public async ValueTask InitializeAsync() => await Broker.StartAsync(
        changeCatalog: catalog => ReceiptDesk.Reporting(catalog, TrackrKey, WikiKey),
        // So that an ID-JAG can be for both of Trackr's servers.
        policy: TestPolicies.Rules.Replace("{trackr-admin: [users:admin]}", "{trackr-admin: [tickets:read, users:admin]}", StringComparison.Ordinal));

    public async ValueTask DisposeAsync()
    {
        await Broker.DisposeAsync();
        TrackrKey.Dispose();
        WikiKey.Dispose();
    }

    /// <summary>The <c>jti</c> of a new ID-JAG for Trackr's server.</summary>
    internal async Task<string> IssueAsync(params (string Name, string? Value)[] changes) => (string)(await Broker.Token.ExchangeAsync(changes)).IsGranted().IdJag["jti"]!;

    /// <summary>Everything that the log has of an ID-JAG but its issuance, oldest first.</summary>
    internal async Task<List<JsonNode>> ReceiptsOfAsync(string jti) =>
        [.. (await Broker.AuditAsync($"jti={jti}")).Select(e => e!).Where(e => (string?)e["type"] is not "idjag.issued").Reverse()];
}
