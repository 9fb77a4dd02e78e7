using System.Buffers.Text;
using System.Security.Cryptography;

namespace IdJagBroker.Clients.Registry;

/// <summary>The ids by which registered clients authenticate here.</summary>
internal static class ClientIdentifier
{
    /// <summary>The most that one client has.</summary>
    public const int MaxCount = 8;

    private const int MaxChars = 255;

    /// <summary>A new id: 128 random bits, and never the beginning of a URL (CIMD-11).</summary>
    public static string New() => "c-" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));

    /// <summary>What is wrong with the ids that somebody chose, or null: one to eight, different, printable ASCII without space, no URL.</summary>
    public static string? Fault(IReadOnlyList<string> ids)
    {
        if (ids.Count is 0 or > MaxCount) return $"A client has 1 to {MaxCount} client ids.";
        if (ids.Distinct(StringComparer.Ordinal).Count() < ids.Count) return "A client id is given twice.";
        if (ids.Any(id => id.Length is 0 or > MaxChars || id.Any(c => c is < '!' or > '~')))        // RFC 6749 appendix A.1
            return $"A client id has 1 to {MaxChars} printable ASCII characters and no space.";
        // Such an id is the address of a client's metadata document: who registers one here would take the name of whoever is there.
        return ids.Any(id => id.StartsWith("https:", StringComparison.OrdinalIgnoreCase) || id.StartsWith("http:", StringComparison.OrdinalIgnoreCase))
            ? "A registered client id is not a URL."
            : null;
    }
}
