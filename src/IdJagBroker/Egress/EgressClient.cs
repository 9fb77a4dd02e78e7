using System.Net;
using System.Net.Sockets;

namespace IdJagBroker.Egress;

/// <summary>
/// The one way out to hosts of others (SEC-16, D16): https (in Development also http on loopback), no redirects, no cookies, no proxy
/// from the environment, bounded in time and size. The address is checked where the connection is made, and that address is the one
/// connected to: a name that changes its mind between check and use gains nothing.
/// </summary>
internal sealed class EgressClient : IDisposable
{
    private readonly HttpClient _public;
    private readonly HttpClient _private;
    private readonly bool _allowLoopback;

    /// <param name="allowLoopbackHttp">Development only.</param>
    public EgressClient(bool allowLoopbackHttp)
    {
        _allowLoopback = allowLoopbackHttp;
        // Two pools: a connection made to a private address is never lent to a host that may not have one.
        _public = CreateClient(privateNetwork: false);
        _private = CreateClient(privateNetwork: true);
    }

    /// <summary>Whether a URL may be called at all: https, without user information.</summary>
    public bool IsPermitted(Uri url) => url.IsAbsoluteUri && url.UserInfo.Length is 0
        && (url.Scheme == Uri.UriSchemeHttps || (_allowLoopback && url.Scheme == Uri.UriSchemeHttp && url.IsLoopback));

    /// <summary>GETs a document.</summary>
    /// <exception cref="HttpRequestException">As for <see cref="SendAsync"/>.</exception>
    public async Task<EgressResponse> GetAsync(Uri url, EgressLimits limits, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Accept.ParseAdd("application/json");
        return await SendAsync(request, limits, ct);
    }

    /// <summary>Sends a request and reads the whole answer.</summary>
    /// <exception cref="HttpRequestException">
    /// The URL or every address of its host is not permitted, nothing came, it took too long, or it is too large.
    /// </exception>
    public async Task<EgressResponse> SendAsync(HttpRequestMessage request, EgressLimits limits, CancellationToken ct)
    {
        if (request.RequestUri is not { } url || !IsPermitted(url)) throw new HttpRequestException("The URL is not https.");
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(limits.Patience);
        try
        {
            using var response = await (limits.PrivateNetwork ? _private : _public).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
            return new EgressResponse(response.StatusCode, response.Headers, await ReadAsync(response.Content, limits.MaxBytes, deadline.Token))
            {
                Expires = response.Content.Headers.Expires, MediaType = response.Content.Headers.ContentType?.MediaType,
            };
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new HttpRequestException("It took too long.", e);
        }
        catch (IOException e)
        {
            throw new HttpRequestException("The answer broke off.", e);
        }
    }

    public void Dispose()
    {
        _public.Dispose();
        _private.Dispose();
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContent content, int maxBytes, CancellationToken ct)
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

    private HttpClient CreateClient(bool privateNetwork) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.None,
        MaxResponseHeadersLength = 16,
        MaxConnectionsPerServer = 32,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        ConnectTimeout = TimeSpan.FromSeconds(3),
        ConnectCallback = (context, ct) => ConnectAsync(context.DnsEndPoint, privateNetwork, ct),
    })
    { Timeout = Timeout.InfiniteTimeSpan };

    private async ValueTask<Stream> ConnectAsync(DnsEndPoint endpoint, bool privateNetwork, CancellationToken ct)
    {
        var addresses = await Dns.GetHostAddressesAsync(endpoint.Host, ct);
        var permitted = addresses.Where(address => SpecialUseAddress.Allows(address, privateNetwork, _allowLoopback)).ToArray();
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
