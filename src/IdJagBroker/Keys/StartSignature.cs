using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Keys;

/// <summary>Makes and verifies one signature with a key before it counts as able to sign: a key that cannot is found then, not by a client.</summary>
internal static class StartSignature
{
    /// <exception cref="SigningUnavailableException">The signature does not verify.</exception>
    public static async Task ProveAsync(ISigningKey key, CancellationToken ct)
    {
        // A type of its own, so that this token is nobody's.
        var token = await UnsignedJws.Create(key, "start+jwt", 0, static (_, _) => { }).SignAsync(ct);
        if (!CompactJws.TryParse(token.Reveal(), IdJag.MaxChars, out var jws, out var failure)
            || (failure = JwsVerifier.Verify(jws, new JsonWebKeySet([key.PublicKey]), [key.Algorithm], out _)) is not JwsFailure.None)
            throw new SigningUnavailableException($"A signature of the key does not verify: {failure}.");
        jws.Dispose();
    }
}
