using System.Diagnostics.CodeAnalysis;

namespace IdJagBroker.Protocol;

/// <summary>Either a value that the next step needs, or the refusal that ends the walk. Failures are exceptions, never this.</summary>
public readonly struct OAuthResult<T> where T : notnull
{
    private readonly T? _value;
    private readonly OAuthError? _refusal;

    private OAuthResult(T? value, OAuthError? refusal) => (_value, _refusal) = (value, refusal);

    /// <summary>Tells whether the step refused, and gives the one or the other.</summary>
    /// <exception cref="InvalidOperationException">The result is <c>default</c>: neither was given.</exception>
    public bool IsRefused([NotNullWhen(false)] out T? value, [NotNullWhen(true)] out OAuthError? refusal)
    {
        value = _value;
        refusal = _refusal;
        if (refusal is not null) return true;
        return value is not null ? false : throw new InvalidOperationException("An empty result decides nothing.");
    }

    /// <summary>Grants.</summary>
    public static implicit operator OAuthResult<T>(T value) => new(value, null);

    /// <summary>Refuses.</summary>
    public static implicit operator OAuthResult<T>(OAuthError refusal) => new(default, refusal);
}
