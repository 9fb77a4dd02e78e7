namespace IdJagBroker.Policies.Yaml;

/// <summary>Values that may occur once in a catalogue, with whose they are.</summary>
internal sealed class UniqueNames(PolicyDiagnostics problems, PolicyDiagnosticCode code)
{
    private readonly Dictionary<string, string> _owners = new(StringComparer.Ordinal);

    /// <summary>Notes the owner of a value, or refuses the value because it has another.</summary>
    /// <param name="key">What is compared.</param>
    /// <param name="shown">What is written.</param>
    /// <param name="owner">The alias.</param>
    /// <param name="at">Where.</param>
    public bool Claim(string key, string shown, string owner, SourceSpan at)
    {
        if (_owners.TryAdd(key, owner)) return true;
        var other = _owners[key];
        problems.Error(at, code, $"{PolicyDiagnostics.Quote(shown)} already belongs to {other}");
        return false;
    }

    /// <inheritdoc cref="Claim(string, string, string, SourceSpan)"/>
    public bool Claim(string value, string owner, SourceSpan at) => Claim(value, value, owner, at);
}
