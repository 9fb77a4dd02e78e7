using IdJagBroker.McpAuthorization;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;

namespace IdJagBroker.EndToEndTests.Rotation;

/// <summary>An authorization server that verifies ID-JAGs with a copy of the JWKS that it keeps for 10 min.</summary>
internal interface IRelyingParty : IDisposable
{
    Task<JwsFailure> VerifyAsync(string token, CancellationToken ct);
}

/// <summary>As our library does it: found by the issuer's metadata, and looked up again when a token names a key that the copy lacks.</summary>
internal sealed class LibraryParty : IRelyingParty
{
    private readonly IssuerFetch _fetch = new(new HostingEnvironment { EnvironmentName = "Development" });
    private readonly RemoteIssuerKeys _keys;

    public LibraryParty(string issuer, TimeProvider clock)
    {
        if (!Issuer.TryParse(issuer, allowLoopbackHttp: true, out var parsed)) throw new ArgumentException("No issuer.", nameof(issuer));
        _keys = new RemoteIssuerKeys(issuer, new IssuerKeySource(parsed, null, isOnPrivateNetwork: false, _fetch), clock, NullLogger.Instance);
    }

    public async Task<JwsFailure> VerifyAsync(string token, CancellationToken ct)
    {
        if (!CompactJws.TryParse(token, IdJag.MaxChars, out var jws, out var failure)) return failure;
        using (jws) return (await _keys.VerifyAsync(jws, [JwsAlgorithm.ES256], ct)).Failure;
    }

    public void Dispose() => _fetch.Dispose();
}

/// <summary>As a stricter one does it: whatever a token names, the JWKS is fetched when the copy is 10 min old and not before.</summary>
/// <param name="jwks">Where it is.</param>
/// <param name="clock">The drill's.</param>
/// <param name="phase">How old the first copy counts already, so that two do not fetch at the same moments.</param>
internal sealed class StrictParty(Uri jwks, TimeProvider clock, TimeSpan phase) : IRelyingParty
{
    public static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(10);

    private readonly HttpClient _http = new();
    private readonly SemaphoreSlim _fetching = new(1);
    private volatile Copy? _copy;

    private sealed record Copy(JsonWebKeySet Keys, DateTimeOffset FetchedAt);

    public async Task<JwsFailure> VerifyAsync(string token, CancellationToken ct)
    {
        var keys = await KeysAsync(ct);
        if (!CompactJws.TryParse(token, IdJag.MaxChars, out var jws, out var failure)) return failure;
        using (jws) return JwsVerifier.Verify(jws, keys, [JwsAlgorithm.ES256], out _);
    }

    public void Dispose()
    {
        _http.Dispose();
        _fetching.Dispose();
    }

    private async Task<JsonWebKeySet> KeysAsync(CancellationToken ct)
    {
        if (_copy is { } kept && clock.GetUtcNow() < kept.FetchedAt + KeptFor) return kept.Keys;
        await _fetching.WaitAsync(ct);
        try
        {
            var now = clock.GetUtcNow();        // before the fetch: the copy is as old as that at least
            if (_copy is { } other && now < other.FetchedAt + KeptFor) return other.Keys;
            var keys = JsonWebKeySet.TryParse(await _http.GetByteArrayAsync(jwks, ct)) ?? throw new InvalidDataException("The JWKS is none.");
            _copy = new Copy(keys, _copy is null ? now - phase : now);
            return keys;
        }
        finally
        {
            _fetching.Release();
        }
    }
}
