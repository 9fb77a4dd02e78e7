using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Keys;

/// <summary>Makes and verifies one signature before the service calls itself ready: a key that cannot sign is found at start, not by a client.</summary>
internal static class StartSignature
{
    /// <exception cref="InvalidOperationException">The signature does not verify with the published key.</exception>
    public static async Task ProveAsync(SigningKeyRing keys, CancellationToken ct)
    {
        // A type of its own, so that this token is nobody's.
        var token = await UnsignedJws.Create(keys.Active, "start+jwt", 0, static (_, _) => { }).SignAsync(ct);
        if (!CompactJws.TryParse(token.Reveal(), IdJag.MaxChars, out var jws, out var failure)
            || (failure = JwsVerifier.Verify(jws, keys.Published, [keys.Active.Algorithm], out _)) is not JwsFailure.None)
            throw new InvalidOperationException($"The signing key does not verify: {failure}.");
        jws.Dispose();
    }
}
