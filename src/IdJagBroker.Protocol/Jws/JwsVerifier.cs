namespace IdJagBroker.Protocol.Jws;

/// <summary>
/// Verifies signatures (RFC 7515 §5.2). The caller names the algorithms that it allows; the header only selects among them, and the
/// key decides whether it fits: nothing in a token can change its own rules (RFC 8725 §3.1).
/// </summary>
public static class JwsVerifier
{
    /// <summary>Selects the key and verifies. <see cref="JwsFailure.None"/> is the only good answer.</summary>
    public static JwsFailure Verify(CompactJws jws, JsonWebKeySet keys, IReadOnlyList<JwsAlgorithm> allowed, out JsonWebKey? key) =>
        Verify(jws.Parts, keys, allowed, out key);

    /// <summary>The same, except that a signature which <paramref name="verified"/> remembers is not computed again.</summary>
    public static JwsFailure Verify(CompactJws jws, JsonWebKeySet keys, IReadOnlyList<JwsAlgorithm> allowed, VerifiedSignatures verified, out JsonWebKey? key)
    {
        ref readonly var parts = ref jws.Parts;
        var failure = Select(parts, keys, allowed, out key);
        if (key is null) return failure;
        var token = TokenDigest.Of(parts.Token.Span);
        if (verified.Contains(token, key)) return JwsFailure.None;
        failure = Verify(parts, key, parts.Header.Algorithm!);
        if (failure is JwsFailure.None) verified.Add(token, key);
        return failure;
    }

    internal static JwsFailure Verify(in JwsParts jws, JsonWebKeySet keys, IReadOnlyList<JwsAlgorithm> allowed, out JsonWebKey? key)
    {
        var failure = Select(jws, keys, allowed, out key);
        return key is null ? failure : Verify(jws, key, jws.Header.Algorithm!);
    }

    /// <summary>By the key that the token brings along: shows that its sender holds that key, and nothing about who the sender is.</summary>
    internal static JwsFailure VerifyPossession(CompactJws jws, JsonWebKey key, JwsAlgorithm algorithm) =>
        key.Fits(algorithm) ? Verify(jws.Parts, key, algorithm) : JwsFailure.KeyNotFound;

    private static JwsFailure Select(in JwsParts jws, JsonWebKeySet keys, IReadOnlyList<JwsAlgorithm> allowed, out JsonWebKey? key)
    {
        key = null;
        if (jws.Header.Algorithm is not { } algorithm || !allowed.Contains(algorithm)) return JwsFailure.AlgorithmNotAllowed;
        key = keys.Select(jws.Header, algorithm, out var failure);
        return failure;
    }

    private static JwsFailure Verify(in JwsParts jws, JsonWebKey key, JwsAlgorithm algorithm)
    {
        Span<byte> digest = stackalloc byte[48];
        var length = algorithm.Digest(jws.Token.Span[..jws.SigningInputLength], digest);
        return key.Verify(algorithm, digest[..length], jws.Signature.Span) ? JwsFailure.None : JwsFailure.SignatureInvalid;
    }
}
