using IdJagBroker.Protocol;

namespace IdJagBroker.McpAuthorization.Clients;

/// <summary>What fetching from clients takes.</summary>
internal sealed class ClientFetch(IssuerFetch fetch, TimeProvider clock, ILogger<ClientFetch> logger)
{
    /// <summary>The largest metadata document, in bytes (CIMD-07).</summary>
    public const int MaxDocumentBytes = 5 * 1024;

    public TimeProvider Clock => clock;

    /// <summary>Whether anything may be fetched from there at all.</summary>
    public bool IsPermitted(Uri url) => url.UserInfo.Length is 0 && fetch.IsPermitted(url);

    /// <summary>The body of a 200, and how long it may be used.</summary>
    /// <exception cref="HttpRequestException">Nothing came, something else, or from where nothing may come.</exception>
    public async Task<Fetched<ReadOnlyMemory<byte>>> GetAsync(Uri url, int maxBytes, bool privateNetwork, CancellationToken ct)
    {
        var document = await fetch.GetAsync(url, maxBytes, privateNetwork, ct);
        return new(document.Body, HttpFreshness.Of(document.Headers, document.Expires, clock.GetUtcNow()));
    }

    public void Failed(Uri address, Exception failure) => Log.ClientNotFetched(logger, address.GetLeftPart(UriPartial.Path), failure.GetType().Name, failure.Message);

    public void Changed(ClientDocumentUrl document, string what) => Log.ClientDocumentChanged(logger, document.Value, what);
}
