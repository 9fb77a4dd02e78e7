using IdJagBroker.Audit;
using IdJagBroker.Egress;
using IdJagBroker.Protocol;

namespace IdJagBroker.Clients.Documents;

/// <summary>What fetching what somebody publishes takes, whatever is fetched.</summary>
/// <param name="egress">The one way out.</param>
/// <param name="record">Makes an event durable.</param>
/// <param name="clock">Tells the time.</param>
/// <param name="log">For operators.</param>
internal sealed partial class PublishedFetch(EgressClient egress, Func<AuditEvent, Task> record, TimeProvider clock, ILogger<PublishedFetch> log)
{
    /// <summary>The largest metadata document, in bytes (CIMD-07).</summary>
    public const int MaxDocumentBytes = 5 * 1024;

    /// <summary>The largest key set, in bytes (SEC-16).</summary>
    public const int MaxKeySetBytes = 256 * 1024;

    /// <summary>The longest that one fetch may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>The time between two fetches of what there is nothing of yet: a client that mends its document is not kept waiting.</summary>
    public static readonly TimeSpan RetryWhileEmpty = TimeSpan.FromSeconds(1);

    public TimeProvider Clock => clock;

    /// <summary>Whether anything may be fetched from there at all: https.</summary>
    public bool IsPermitted(Uri url) => egress.IsPermitted(url);

    /// <summary>The body of a 200, and how long it may be used.</summary>
    /// <exception cref="HttpRequestException">Nothing came, something else, or from where nothing may come.</exception>
    public async Task<Fetched<ReadOnlyMemory<byte>>> GetAsync(Uri url, int maxBytes, bool privateNetwork)
    {
        var response = await egress.GetAsync(url, new EgressLimits(maxBytes, Patience, privateNetwork), CancellationToken.None);
        return new Fetched<ReadOnlyMemory<byte>>(response.Ok(), HttpFreshness.Of(response.Headers, response.Expires, clock.GetUtcNow()));
    }

    /// <summary>Makes an event durable. What it tells of must not be used before.</summary>
    /// <exception cref="AuditUnavailableException">It did not become durable in time.</exception>
    public Task RecordAsync(AuditEvent auditEvent) => record(auditEvent);

    /// <summary>Says that something could not be fetched anew, and that what came before is used on.</summary>
    public void NotRefreshed(Publisher publisher, Uri address, Exception e) => NotRefreshed(log, publisher, address, e);

    [LoggerMessage(1511, LogLevel.Warning, "What {Publisher} publishes at {Address} could not be fetched anew; what is known stays for a day at most")]
    private static partial void NotRefreshed(ILogger logger, Publisher publisher, Uri address, Exception exception);
}
