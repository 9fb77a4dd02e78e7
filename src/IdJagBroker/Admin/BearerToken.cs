namespace IdJagBroker.Admin;

/// <summary>What a request brings as its token.</summary>
internal enum Presented
{
    /// <summary>None, or one by a scheme that is not spoken here.</summary>
    Nothing,

    /// <summary>More than one, or something that cannot be read.</summary>
    Malformed,

    /// <summary>A bearer token.</summary>
    Bearer,
}

/// <summary>Finds the token: in the <c>Authorization</c> header and nowhere else (RFC 6750 §2.1). A URL is written down by everybody who sees it.</summary>
internal static class BearerToken
{
    private const string Scheme = "Bearer";

    /// <summary>Two credentials are malformed; a token in the query alone is no credential.</summary>
    public static Presented Find(HttpRequest request, out string token)
    {
        token = "";
        var header = request.Headers.Authorization;
        if (header.Count is 0) return Presented.Nothing;
        if (header.Count > 1 || request.Query.ContainsKey("access_token")) return Presented.Malformed;
        var value = header[0] ?? "";
        if (!value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || (value.Length > Scheme.Length && value[Scheme.Length] is not ' ')) return Presented.Nothing;
        token = value[Scheme.Length..].Trim(' ');
        if (token.Length is 0) return Presented.Nothing;
        return token.Any(char.IsWhiteSpace) ? Presented.Malformed : Presented.Bearer;      // a space is where a second credential hides
    }
}
