using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Egress;

/// <summary>A key set that another host publishes.</summary>
internal static class PublishedKeys
{
    /// <summary>Whether one of them has this <c>kid</c>; also if none is asked for.</summary>
    public static bool Have(this JsonWebKeySet keys, string? keyId)
    {
        if (keyId is null) return true;
        foreach (var key in keys.Keys)
            if (string.Equals(key.KeyId, keyId, StringComparison.Ordinal)) return true;
        return false;
    }

    /// <summary>Whether two sets hold the same keys under the same names, in whatever order.</summary>
    public static bool AreSameAs(this JsonWebKeySet one, JsonWebKeySet other) =>
        one.Keys.Select(key => (key.KeyId, key.Thumbprint)).ToHashSet().SetEquals(other.Keys.Select(key => (key.KeyId, key.Thumbprint)));
}
