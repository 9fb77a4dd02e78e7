using System.Diagnostics.CodeAnalysis;

namespace IdJagBroker.Protocol;

/// <summary>
/// A client id that is the address of the client's metadata document (CIMD §3): https, with a path, without dot segments, query,
/// fragment and user information. Only the one spelling that is also what would be fetched: two spellings of one document would be two
/// clients, and each a fetch more.
/// </summary>
public sealed record ClientDocumentUrl
{
    /// <summary>The longest, in characters; also what a text in the catalogue may have.</summary>
    public const int MaxChars = 512;

    private ClientDocumentUrl(string value, Uri url) => (Value, Url) = (value, url);

    /// <summary>The client id: what the document must give as its own, character for character.</summary>
    public string Value { get; }

    /// <summary>The same as a URL.</summary>
    public Uri Url { get; }

    /// <summary>Scheme, host, and port if it is not the scheme's: what a rule about a host is compared with.</summary>
    public string Origin => Url.GetLeftPart(UriPartial.Authority);

    /// <summary>Reads one. Plain http on a loopback address is one too: whether that may be is for who registers it (Development).</summary>
    public static bool TryParse(string value, [NotNullWhen(true)] out ClientDocumentUrl? url)
    {
        url = null;
        if (value.Length > MaxChars || !LooksLikeOne(value)) return false;
        if (!Uri.TryCreate(value, UriKind.Absolute, out var parsed) || parsed.HostNameType is UriHostNameType.Unknown or UriHostNameType.Basic) return false;
        if (parsed.Scheme != Uri.UriSchemeHttps && !(parsed.Scheme == Uri.UriSchemeHttp && parsed.IsLoopback)) return false;
        // Uri folds dot segments, also percent-encoded ones, case of the host, default ports and odd spellings of addresses.
        if (!string.Equals(parsed.AbsoluteUri, value, StringComparison.Ordinal)) return false;
        if (parsed.UserInfo.Length > 0 || value.AsSpan().IndexOfAny("?#@\\") >= 0 || parsed.AbsolutePath is "/") return false;
        url = new ClientDocumentUrl(value, parsed);
        return true;
    }

    /// <summary>Whether a client id could be one; other ids need no closer look.</summary>
    public static bool LooksLikeOne(string value) =>
        value.StartsWith("https://", StringComparison.Ordinal) || value.StartsWith("http://", StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Value;
}
