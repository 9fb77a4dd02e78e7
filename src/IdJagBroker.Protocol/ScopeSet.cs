using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace IdJagBroker.Protocol;

/// <summary>A set of scopes (RFC 6749 §3.3): case-sensitive, duplicates collapsed, in the order first seen.</summary>
public sealed class ScopeSet : IEquatable<ScopeSet>
{
    /// <summary>The longest <c>scope</c> read, in characters (SEC-09).</summary>
    public const int MaxChars = 2048;

    /// <summary>The most scopes read (SEC-09).</summary>
    public const int MaxScopes = 64;

    // RFC 6749 §3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
    private static readonly SearchValues<char> TokenChars = SearchValues.Create(
        [.. Enumerable.Range(0x21, 0x7e - 0x21 + 1).Select(c => (char)c).Where(c => c is not '"' and not '\\')]);

    private readonly ImmutableArray<string> _scopes;
    private string? _text;

    private ScopeSet(ImmutableArray<string> scopes) => _scopes = scopes;

    /// <summary>No scope at all.</summary>
    public static ScopeSet Empty { get; } = new([]);

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => _scopes.IsEmpty;

    /// <summary>The scopes.</summary>
    public ImmutableArray<string> Scopes => _scopes;

    /// <summary>Reads a space-separated list; absent reads as <see cref="Empty"/>, spare spaces between scopes are skipped. Refuses other characters, no scope at all, and sizes over the limits.</summary>
    public static bool TryParse(string? value, [NotNullWhen(true)] out ScopeSet? scopes)
    {
        scopes = Empty;
        if (string.IsNullOrEmpty(value)) return true;
        scopes = null;
        if (value.Length > MaxChars) return false;

        Span<Range> tokens = stackalloc Range[MaxScopes + 1];
        var text = value.AsSpan();
        tokens = tokens[..text.Split(tokens, ' ', StringSplitOptions.RemoveEmptyEntries)];
        if (tokens.Length is 0 or > MaxScopes) return false;            // white space alone is not "absent": absent means the default
        var distinct = ImmutableArray.CreateBuilder<string>(tokens.Length);
        foreach (var token in tokens)
        {
            if (text[token].ContainsAnyExcept(TokenChars)) return false;
            if (!Contains(distinct, text[token])) distinct.Add(text[token].ToString());
        }
        scopes = new ScopeSet(distinct.DrainToImmutable());
        return true;
    }

    private static bool Contains(ImmutableArray<string>.Builder scopes, ReadOnlySpan<char> scope)
    {
        foreach (var one in scopes)
            if (scope.SequenceEqual(one)) return true;
        return false;
    }

    /// <summary>Whether <paramref name="token"/> is one well-formed scope.</summary>
    public static bool IsScope(string token) => token.Length > 0 && !token.AsSpan().ContainsAnyExcept(TokenChars);

    /// <summary>A set of scopes that are known to be well-formed, such as registered ones.</summary>
    /// <exception cref="ArgumentException">One of them is not.</exception>
    public static ScopeSet Of(params IEnumerable<string> scopes)
    {
        ImmutableArray<string> tokens = [.. scopes.Distinct(StringComparer.Ordinal)];
        return tokens.All(IsScope) ? new ScopeSet(tokens) : throw new ArgumentException("A scope is malformed.", nameof(scopes));
    }

    /// <summary>Whether <paramref name="scope"/> is among them, ordinally.</summary>
    public bool Contains(string scope) => _scopes.Contains(scope, StringComparer.Ordinal);

    /// <summary>Those that are in both, in this set's order.</summary>
    public ScopeSet Intersect(ScopeSet other) => Where(other.Contains);

    /// <summary>Those that are not in <paramref name="other"/>.</summary>
    public ScopeSet Except(ScopeSet other) => Where(scope => !other.Contains(scope));

    /// <summary>Those that are in either.</summary>
    public ScopeSet Union(ScopeSet other) =>
        other.IsEmpty ? this : IsEmpty ? other : new ScopeSet([.. _scopes.Union(other._scopes, StringComparer.Ordinal)]);

    /// <summary>Those that satisfy <paramref name="keep"/>.</summary>
    public ScopeSet Where(Func<string, bool> keep)
    {
        var kept = _scopes.RemoveAll(scope => !keep(scope));
        return kept.Length == _scopes.Length ? this : new ScopeSet(kept);
    }

    /// <summary>Whether all of these are in <paramref name="other"/>.</summary>
    public bool IsSubsetOf(ScopeSet other) => _scopes.All(other.Contains);

    /// <summary>The same scopes, whatever their order.</summary>
    public bool Equals(ScopeSet? other) => other is not null && _scopes.Length == other._scopes.Length && IsSubsetOf(other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ScopeSet);

    /// <inheritdoc/>
    public override int GetHashCode() => _scopes.Aggregate(0, (hash, scope) => hash ^ string.GetHashCode(scope, StringComparison.Ordinal));

    /// <summary>The wire form: space-separated.</summary>
    public override string ToString() => _text ??= string.Join(' ', _scopes.AsSpan());
}
