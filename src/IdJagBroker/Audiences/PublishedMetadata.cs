using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using IdJagBroker.Egress;
using IdJagBroker.Policies.Linting;
using IdJagBroker.Protocol;

namespace IdJagBroker.Audiences;

/// <summary>
/// Fetches what an authorization server says of itself (RFC 8414), at each place where clients look (C-31). For whoever checks a
/// catalogue: nothing is decided by it, because a token must not depend on what another host says today.
/// </summary>
/// <param name="egress">The way out.</param>
/// <param name="privateNetwork">Whether the servers may have addresses of the enterprise's own network (SEC-16).</param>
internal sealed class PublishedMetadata(EgressClient egress, bool privateNetwork)
{
    /// <summary>The largest document read, in bytes (SEC-16).</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>The longest that all places together may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>What it says, or why nothing is known. Never throws but when <paramref name="ct"/> ends it.</summary>
    public async Task<PublishedServer> FetchAsync(Issuer issuer, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(Patience);
        try
        {
            var limits = new EgressLimits(MaxBytes, Patience, privateNetwork);
            foreach (var path in AuthorizationServerMetadata.PathsFor(issuer))
            {
                var response = await egress.GetAsync(new Uri(issuer.Url, path), limits, deadline.Token);
                if (response.Status is not HttpStatusCode.NotFound) return Read(response.Ok(), issuer);
            }
            return new PublishedServer("it publishes none", null);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new PublishedServer("it took too long", null);
        }
        catch (HttpRequestException e)
        {
            return new PublishedServer(e.Message.TrimEnd('.'), null);
        }
    }

    private static PublishedServer Read(ReadOnlyMemory<byte> document, Issuer issuer)
    {
        try
        {
            using var json = JsonDocument.Parse(document, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 16 });
            // RFC 8414 §3.3: identical, or the document must not be used.
            if (!string.Equals(json.RootElement.GetProperty("issuer").GetString(), issuer.Value, StringComparison.Ordinal)) return new PublishedServer("it is another issuer's", null);
            return new PublishedServer(null, json.RootElement.TryGetProperty("scopes_supported", out var scopes)
                ? [.. scopes.EnumerateArray().Select(scope => scope.GetString() ?? "")] : null);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return new PublishedServer("it is malformed", null);
        }
    }
}
