namespace IdJagBroker.Policies.Yaml;

/// <summary>Finds what somebody probably meant.</summary>
internal static class Spelling
{
    private const int MaxChars = 64;
    private const int MaxCandidates = 1000;

    /// <summary>The nearest of <paramref name="known"/>: at most two typing errors, and at most one for each three characters; or null.</summary>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        if (word.Length is 0 or > MaxChars) return null;
        var limit = Math.Clamp(word.Length / 3, 1, 2);
        string? nearest = null;
        foreach (var candidate in known.Take(MaxCandidates).Order(StringComparer.Ordinal))
        {
            if (candidate.Length > MaxChars || Math.Abs(candidate.Length - word.Length) > limit) continue;
            var distance = Distance(word, candidate);
            if (distance > limit) continue;
            (nearest, limit) = (candidate, distance - 1);   // only a nearer one replaces it
        }
        return nearest;
    }

    // Optimal string alignment: insert, delete, replace, and swap two neighbours (the commonest slip), each 1; another case altogether is one.
    private static int Distance(string a, string b)
    {
        if (string.Equals(a, b, StringComparison.OrdinalIgnoreCase)) return 1;
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) rows[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) rows[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                var best = Math.Min(Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1, rows[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) best = Math.Min(best, rows[i - 2, j - 2] + 1);
                rows[i, j] = best;
            }
        return rows[a.Length, b.Length];
    }
}
