using System.Text.Json;
using IdJagBroker.Egress;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Upstreams;

/// <summary>
/// Fetches an upstream's keys from where its registration pins them: a configured <c>jwks_uri</c>, or the one in a discovery
/// document whose <c>issuer</c> is exactly the registered one (SEC-10, OpenID Connect Discovery §4.3).
/// </summary>
internal sealed class UpstreamMetadata(EgressClient egress)
{
    /// <summary>The largest document read, in bytes (SEC-16).</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>The longest that both fetches together may take (SEC-16).</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <exception cref="InvalidDataException">What came is not a key set, or the discovery document is another issuer's.</exception>
    /// <exception cref="HttpRequestException">Nothing came, or from where nothing may come.</exception>
    public async Task<FetchedKeys> FetchKeysAsync(UpstreamKeySource source, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(Patience);
        var limits = new EgressLimits(MaxBytes, Patience, source.PrivateNetwork);
        var jwksUri = source.JwksUri ?? Discover((await egress.GetAsync(source.Metadata, limits, deadline.Token)).Ok(), source.Issuer);
        var keys = JsonWebKeySet.TryParse((await egress.GetAsync(jwksUri, limits, deadline.Token)).Ok());
        return keys is { Keys.Length: > 0 } ? new FetchedKeys(keys, jwksUri) : throw new InvalidDataException("The key set holds no usable key.");
    }

    private static Uri Discover(ReadOnlyMemory<byte> document, string issuer)
    {
        try
        {
            using var json = JsonDocument.Parse(document, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 16 });
            if (json.RootElement.GetProperty("issuer").GetString() != issuer)
                throw new InvalidDataException("The discovery document is another issuer's.");
            return new Uri(json.RootElement.GetProperty("jwks_uri").GetString() ?? "");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or UriFormatException)
        {
            throw new InvalidDataException("The discovery document is malformed.", e);
        }
    }
}
