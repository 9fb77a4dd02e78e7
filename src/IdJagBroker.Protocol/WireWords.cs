using System.Text;

namespace IdJagBroker.Protocol;

/// <summary>
/// The words that nearly every token request repeats, each as one string: names of parameters and the values that are fixed. Reading
/// a form then makes new strings only of what differs from request to request.
/// </summary>
internal static class WireWords
{
    private static readonly (byte[] Utf8, string Text)[][] ByLength = Index(
    [
        "grant_type", "requested_token_type", "subject_token", "subject_token_type", "audience", "resource", "scope", "client_id", "client_secret",
        "client_assertion", "client_assertion_type", "assertion", "actor_token", "actor_token_type", "authorization_details",
        GrantType.TokenExchange, GrantType.JwtBearer, GrantType.JwtDpop, GrantType.ClientCredentials, TokenType.IdJag, TokenType.IdToken, TokenType.ClientAssertion,
    ]);

    /// <summary>The word that these bytes spell, or null.</summary>
    public static string? Find(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length >= ByLength.Length) return null;
        foreach (var (bytes, text) in ByLength[utf8.Length])
            if (utf8.SequenceEqual(bytes)) return text;
        return null;
    }

    private static (byte[], string)[][] Index(string[] words) =>
        [.. Enumerable.Range(0, words.Max(word => word.Length) + 1)
            .Select(length => words.Where(word => word.Length == length).Select(word => (Encoding.ASCII.GetBytes(word), word)).ToArray())];
}
