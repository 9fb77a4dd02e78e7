namespace IdJagBroker.Keys;

/// <summary>The word that chooses a provider of keys, in <c>Keys:Mode</c> and in the table.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class KeyModeAttribute(string name) : Attribute
{
    public string Name { get; } = name;

    /// <summary>Whether it is refused outside Development.</summary>
    public bool DevelopmentOnly { get; init; }
}
