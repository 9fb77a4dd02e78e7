using System.Collections.ObjectModel;
using System.Text;
using IdJagBroker.Policies;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Upstreams;

/// <summary>Reads the claims that some authorization server wants copied (JAG-25), each as it stands in the ID Token.</summary>
internal static class CopiedClaims
{
    /// <summary>Leaves out what must not be passed on as it stands: an address that nobody verified, and a list of groups that was cut off.</summary>
    /// <param name="claims">The verified token's.</param>
    /// <param name="upstream">Whose it is.</param>
    /// <param name="groupsComplete">Whether the token states all groups (SEC-36).</param>
    /// <param name="names">What is wanted.</param>
    public static IReadOnlyDictionary<string, string> Read(JwtClaims claims, CatalogIdp upstream, bool groupsComplete, IReadOnlyList<string> names)
    {
        if (names.Count is 0) return ReadOnlyDictionary<string, string>.Empty;
        var copied = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            // JAG-22: on the upstream's own word alone; being the authority for a domain makes a subject, not a flag.
            if (name is "email" && !(claims.GetBoolean("email_verified"u8, out var verified) is ClaimState.Present && verified)) continue;
            if (name is "email" && claims.GetString("email"u8, 320, out _) is not ClaimState.Present) continue;
            // A receiver reads the list as all groups, and would take away, or fail to forbid, by those that are missing.
            if (!groupsComplete && (name is "groups" || name == upstream.GroupsClaim)) continue;
            if (claims.GetJson(Encoding.UTF8.GetBytes(name)) is { } json) copied[name] = json;
        }
        return copied;
    }
}
