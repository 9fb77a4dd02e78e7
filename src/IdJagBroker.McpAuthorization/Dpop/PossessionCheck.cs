using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Protocol.Jws;
using Microsoft.AspNetCore.Http;

namespace IdJagBroker.McpAuthorization.Dpop;

/// <summary>Was the request's DPoP proof made for it, now, and by the key that it brings? (RFC 9449 §4.3). Pure; that a proof is used once is somebody else's.</summary>
/// <param name="url">The public URL, from the configuration: what a request says of its host decides nothing (POP-03).</param>
/// <param name="options">Whether nonces are in use.</param>
/// <param name="clock">The time.</param>
internal sealed class PossessionCheck(string url, DpopOptions options, TimeProvider clock)
{
    public const string Header = "DPoP";
    public const string NonceHeader = "DPoP-Nonce";

    private readonly DpopNonce? _nonces = options.RequireNonce ? new(NonceKey(url, options)) : null;

    public bool RequiresNonce => _nonces is not null;

    /// <summary>Looks at the values of the <c>DPoP</c> header, one per header line.</summary>
    public Possession Check(IReadOnlyList<string?> headers, string method)
    {
        if (headers.Count is 0) return default;
        if (headers.Count > 1) return new(null, "more than one DPoP header");
        if (!DpopProof.TryParse(headers[0] ?? "", out var proof, out var failure)) return new(null, failure.ToString());
        var now = clock.GetUtcNow();
        failure = proof.Check(method, url, now);
        if (failure is not DpopFailure.None) return new(null, failure.ToString());
        return _nonces is null || (proof.Nonce is { } nonce && _nonces.IsCurrent(nonce, now)) ? new(proof) : new(null, LacksNonce: true);
    }

    /// <summary>Gives whoever sends a proof the nonce for the next one, when nonces are in use (RFC 9449 §8.2). Tells whether it did.</summary>
    public bool OfferNonce(HttpContext http)
    {
        if (_nonces is null || !http.Request.Headers.ContainsKey(Header)) return false;
        http.Response.Headers[NonceHeader] = _nonces.At(clock.GetUtcNow());
        return true;
    }

    // Of one shared key each server makes its own: the nonces of one are none of the other's.
    private static byte[] NonceKey(string url, DpopOptions options) => HKDF.DeriveKey(HashAlgorithmName.SHA256,
        options.NonceKey.IsEmpty ? RandomNumberGenerator.GetBytes(DpopOptions.MinNonceKeyBytes) : options.NonceKey.ToArray(), 32, info: Encoding.UTF8.GetBytes("dpop nonce " + url));
}
