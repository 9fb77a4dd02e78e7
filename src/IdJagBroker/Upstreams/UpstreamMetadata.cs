using System.Text.Json;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Upstreams;

/// <summary>
/// Fetches an upstream's keys from where its registration pins them: a configured <c>jwks_uri</c>, or the one in a discovery
/// document whose <c>issuer</c> is exactly the registered one (SEC-10, OpenID Connect Discovery §4.3).
/// </summary>
internal sealed class UpstreamMetadata(HttpClient http, bool allowLoopbackHttp)
{
    /// <summary>The largest document read, in bytes (SEC-16).</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>The longest one fetch may take (SEC-16).</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>No redirects, no cookies, no proxy from the environment: where keys come from is configuration (SEC-16).</summary>
    public static SocketsHttpHandler Handler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = TimeSpan.FromSeconds(3),
        MaxResponseHeadersLength = 16,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    };

    /// <exception cref="InvalidDataException">What came is not a key set, or the discovery document is another issuer's.</exception>
    /// <exception cref="HttpRequestException">Nothing came.</exception>
    public async Task<JsonWebKeySet> FetchKeysAsync(Issuer issuer, Uri? pinnedJwksUri, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(Patience);
        var jwksUri = pinnedJwksUri ?? await DiscoverAsync(issuer, deadline.Token);
        var keys = JsonWebKeySet.TryParse(await GetAsync(Allowed(jwksUri), deadline.Token));
        return keys is { Keys.Length: > 0 } ? keys : throw new InvalidDataException("The key set holds no usable key.");
    }

    private async Task<Uri> DiscoverAsync(Issuer issuer, CancellationToken ct)
    {
        var document = await GetAsync(new Uri(issuer.Value.TrimEnd('/') + "/.well-known/openid-configuration"), ct);
        try
        {
            using var json = JsonDocument.Parse(document, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 16 });
            if (json.RootElement.GetProperty("issuer").GetString() != issuer.Value)
                throw new InvalidDataException("The discovery document is another issuer's.");
            return new Uri(json.RootElement.GetProperty("jwks_uri").GetString() ?? "");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or UriFormatException)
        {
            throw new InvalidDataException("The discovery document is malformed.", e);
        }
    }

    private Uri Allowed(Uri url) =>
        url.Scheme == Uri.UriSchemeHttps || (allowLoopbackHttp && url.Scheme == Uri.UriSchemeHttp && url.IsLoopback)
            ? url
            : throw new InvalidDataException("jwks_uri is not an https URL.");

    private async Task<ReadOnlyMemory<byte>> GetAsync(Uri url, CancellationToken ct)
    {
        using var response = await http.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, ct);
        if (response.StatusCode is not System.Net.HttpStatusCode.OK) throw new HttpRequestException($"HTTP {(int)response.StatusCode}");
        await using var body = await response.Content.ReadAsStreamAsync(ct);
        var buffer = new byte[MaxBytes + 1];
        var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
        return length <= MaxBytes ? buffer.AsMemory(0, length) : throw new InvalidDataException("The document is too large.");
    }
}
