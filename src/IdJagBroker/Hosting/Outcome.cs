using System.Diagnostics.CodeAnalysis;

namespace IdJagBroker.Hosting;

/// <summary>What an admin operation gives, or why not.</summary>
internal readonly struct Outcome<T> where T : class
{
    private readonly T? _value;
    private readonly Problem? _problem;

    private Outcome(T? value, Problem? problem) => (_value, _problem) = (value, problem);

    /// <summary>Tells whether it was refused, and gives the one or the other.</summary>
    /// <exception cref="InvalidOperationException">The outcome is <c>default</c>: neither was given.</exception>
    public bool IsRefused([NotNullWhen(false)] out T? value, [NotNullWhen(true)] out Problem? problem)
    {
        (value, problem) = (_value, _problem);
        if (problem is not null) return true;
        return value is not null ? false : throw new InvalidOperationException("An empty outcome decides nothing.");
    }

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Problem problem) => new(null, problem);
}
