using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Keys;

/// <summary>Makes and verifies one signature with each key before the service calls itself ready: a key that cannot sign is found at start, not by a client.</summary>
internal static class StartSignature
{
    /// <exception cref="InvalidOperationException">A signature does not verify with the published keys.</exception>
    public static async Task ProveAsync(SigningKeyRing keys, CancellationToken ct)
    {
        foreach (var key in keys.Keys)
        {
            // A type of its own, so that this token is nobody's.
            var token = await UnsignedJws.Create(key, "start+jwt", 0, static (_, _) => { }).SignAsync(ct);
            if (!CompactJws.TryParse(token.Reveal(), IdJag.MaxChars, out var jws, out var failure)
                || (failure = JwsVerifier.Verify(jws, keys.Published, [key.Algorithm], out _)) is not JwsFailure.None)
                throw new InvalidOperationException($"The signing key does not verify: {failure}.");
            jws.Dispose();
        }
    }
}
