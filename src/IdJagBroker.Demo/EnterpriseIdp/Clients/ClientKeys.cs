using System.Collections.Concurrent;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Demo.EnterpriseIdp.Clients;

/// <summary>The keys of clients that sign assertions: registered, or fetched from where they publish them, and again when a signature is by an unknown one.</summary>
internal sealed class ClientKeys : IDisposable
{
    private readonly ConcurrentDictionary<string, JsonWebKeySet> _fetched = new(StringComparer.Ordinal);
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false })
    {
        Timeout = TimeSpan.FromSeconds(5), MaxResponseContentBufferSize = OAuthForm.MaxBytes,
    };

    /// <summary>Whether the client signed this.</summary>
    public async Task<bool> VerifyAsync(CompactJws jws, IdpClient client, CancellationToken ct)
    {
        if (client.Keys is { } registered) return IsBy(registered, jws);
        if (client.JwksUri is not { IsLoopback: true } address) return false;
        if (_fetched.TryGetValue(client.ClientId, out var known) && IsBy(known, jws)) return true;
        return await FetchAsync(address, ct) is { } keys && IsBy(_fetched[client.ClientId] = keys, jws);
    }

    public void Dispose() => _http.Dispose();

    private static bool IsBy(JsonWebKeySet keys, CompactJws jws) => JwsVerifier.Verify(jws, keys, JwsAlgorithm.All, out _) is JwsFailure.None;

    private async Task<JsonWebKeySet?> FetchAsync(Uri address, CancellationToken ct)
    {
        try
        {
            return JsonWebKeySet.TryParse(await _http.GetByteArrayAsync(address, ct));
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return null;
        }
    }
}
