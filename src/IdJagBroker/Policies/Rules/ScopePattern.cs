namespace IdJagBroker.Policies.Rules;

/// <summary>
/// A scope, or scopes by their beginning (<c>repo:*</c>) or end (<c>*:write</c>). One star, nowhere else: no backtracking to attack.
/// </summary>
internal sealed record ScopePattern(string Text)
{
    /// <summary>Whether it means exactly one scope.</summary>
    public bool IsLiteral => !Text.Contains('*');

    /// <summary>Refuses a star in the middle, a second one, and a star alone, which would be a full deny in disguise.</summary>
    public static bool IsWellFormed(string text) =>
        Protocol.ScopeSet.IsScope(text) && text is not "*" && text.Count(c => c is '*') <= 1 && text.IndexOf('*') is var star
        && (star <= 0 || star == text.Length - 1);

    public bool Matches(string scope) =>
        Text[0] is '*' ? scope.AsSpan().EndsWith(Text.AsSpan(1), StringComparison.Ordinal)
        : Text[^1] is '*' ? scope.AsSpan().StartsWith(Text.AsSpan(0, Text.Length - 1), StringComparison.Ordinal)
        : string.Equals(scope, Text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Text;
}
