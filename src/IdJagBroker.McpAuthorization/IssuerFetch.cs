using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;

namespace IdJagBroker.McpAuthorization;

/// <summary>What came of a GET.</summary>
/// <param name="Body">The whole of it.</param>
/// <param name="Headers">What came with it.</param>
/// <param name="Expires">When it says that it gets old.</param>
internal sealed record FetchedDocument(byte[] Body, HttpResponseHeaders Headers, DateTimeOffset? Expires);

/// <summary>
/// The one way out of this library: GETs the metadata and keys of configured issuers and clients, and POSTs receipts and questions about tokens to issuers (SEC-16). https (in Development also http on
/// loopback), no redirects, no cookies, no proxy, at most <see cref="MaxBytes"/>; the address is checked where the connection is made,
/// so a name that changes its mind between check and use gains nothing.
/// </summary>
internal sealed class IssuerFetch : IDisposable
{
    public const int MaxBytes = 256 * 1024;
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private readonly HttpClient _public;
    private readonly HttpClient _private;

    public IssuerFetch(IHostEnvironment environment)
    {
        AllowsLoopbackHttp = environment.IsDevelopment();
        _public = CreateClient(privateNetwork: false);
        _private = CreateClient(privateNetwork: true);
    }

    public bool AllowsLoopbackHttp { get; }

    /// <exception cref="HttpRequestException">Anything but a 200 of a permitted size from a permitted address.</exception>
    /// <exception cref="OperationCanceledException">It took too long.</exception>
    public async Task<byte[]> GetAsync(Uri url, bool privateNetwork, CancellationToken ct) => (await GetAsync(url, MaxBytes, privateNetwork, ct)).Body;

    /// <summary>The same with a limit of the caller's, and with what the answer says of its age.</summary>
    /// <exception cref="HttpRequestException">Anything but a 200 of a permitted size from a permitted address.</exception>
    /// <exception cref="IOException">The answer broke off.</exception>
    /// <exception cref="OperationCanceledException">It took too long.</exception>
    public async Task<FetchedDocument> GetAsync(Uri url, int maxBytes, bool privateNetwork, CancellationToken ct)
    {
        if (!IsPermitted(url)) throw new HttpRequestException("The URL is not https.");
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Accept.ParseAdd("application/json");
        using var response = await (privateNetwork ? _private : _public).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        if (response.StatusCode is not HttpStatusCode.OK)
            throw new HttpRequestException("The status is not 200.", null, response.StatusCode);
        return new FetchedDocument(await ReadAsync(response.Content, maxBytes, ct), response.Headers, response.Content.Headers.Expires);
    }

    /// <summary>Sends a body, whatever the answer, which is read, and no larger than <see cref="MaxBytes"/>.</summary>
    /// <exception cref="HttpRequestException">There is no answer, or a larger one, or the address is not permitted.</exception>
    /// <exception cref="OperationCanceledException">It took too long.</exception>
    public async Task<HttpResponseMessage> PostAsync(Uri url, bool privateNetwork, AuthenticationHeaderValue authorization, HttpContent body, CancellationToken ct)
    {
        if (!IsPermitted(url)) throw new HttpRequestException("The URL is not https.");
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = body };
        request.Headers.Authorization = authorization;
        request.Headers.Accept.ParseAdd("application/json");
        request.Headers.UserAgent.Add(new("IdJagBroker.McpAuthorization", null));
        return await (privateNetwork ? _private : _public).SendAsync(request, HttpCompletionOption.ResponseContentRead, ct);
    }

    public bool IsPermitted(Uri url) =>
        url.Scheme == Uri.UriSchemeHttps || (AllowsLoopbackHttp && url.Scheme == Uri.UriSchemeHttp && url.IsLoopback);

    public void Dispose()
    {
        _public.Dispose();
        _private.Dispose();
    }

    private static async Task<byte[]> ReadAsync(HttpContent content, int maxBytes, CancellationToken ct)
    {
        if (content.Headers.ContentLength > maxBytes) throw new HttpRequestException("The document is too large.");
        await using var body = await content.ReadAsStreamAsync(ct);
        using var read = new MemoryStream();
        var buffer = new byte[8192];
        // What it says of its length is not what comes.
        for (int count; (count = await body.ReadAsync(buffer, ct)) > 0;)
        {
            if (read.Length + count > maxBytes) throw new HttpRequestException("The document is too large.");
            read.Write(buffer, 0, count);
        }
        return read.ToArray();
    }

    private HttpClient CreateClient(bool privateNetwork) => new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxResponseHeadersLength = 16,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectCallback = (context, ct) => ConnectAsync(context.DnsEndPoint, privateNetwork, ct),
        })
    {
        MaxResponseContentBufferSize = MaxBytes,
        Timeout = Timeout,
    };

    private async ValueTask<Stream> ConnectAsync(DnsEndPoint endpoint, bool privateNetwork, CancellationToken ct)
    {
        var addresses = await Dns.GetHostAddressesAsync(endpoint.Host, ct);
        var permitted = addresses.Where(address => PublicAddress.Allows(address, privateNetwork, AllowsLoopbackHttp)).ToArray();
        if (permitted.Length is 0) throw new HttpRequestException("The host has no address that may be connected to.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(permitted, endpoint.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
