namespace IdJagBroker.Policies.Yaml;

/// <summary>
/// The fields of one mapping. Each is asked for by name; what nobody asked for is unknown, and unknown is an error: a condition that
/// this version does not understand must never be passed over.
/// </summary>
internal sealed class YamlFields(YamlMap map, SourceSpan at, PolicyDiagnostics problems)
{
    private readonly Dictionary<string, YamlEntry> _entries = map.Entries.ToDictionary(entry => entry.Key.Value, StringComparer.Ordinal);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>Where a missing field is reported.</summary>
    public SourceSpan At => at;

    /// <summary>The value, or null if it is not written.</summary>
    public YamlNode? Optional(string name)
    {
        _known.Add(name);
        return _entries.TryGetValue(name, out var entry) ? entry.Value : null;
    }

    /// <summary>The value; if it is not written, that is an error.</summary>
    public YamlNode? Required(string name)
    {
        if (Optional(name) is { } value) return value;
        problems.Error(at, PolicyDiagnosticCode.FieldMissing, $"'{name}' is missing");
        return null;
    }

    /// <summary>Refuses a field that is known, but not here.</summary>
    public void Refuse(string name, string why)
    {
        _known.Add(name);
        if (_entries.TryGetValue(name, out var entry))
            problems.Error(entry.Key.At, PolicyDiagnosticCode.FieldNotApplicable, $"'{name}' {why}");
    }

    /// <summary>Whether a field is written.</summary>
    public bool Has(string name) => _entries.ContainsKey(name);

    /// <summary>Where a field's name stands, or else the mapping.</summary>
    public SourceSpan KeyAt(string name) => _entries.TryGetValue(name, out var entry) ? entry.Key.At : at;

    /// <summary>Refuses what nobody asked for.</summary>
    public void End()
    {
        problems.FieldsRead?.Invoke(map.At, _known);
        foreach (var (name, entry) in _entries)
            if (!_known.Contains(name))
                problems.Unknown(entry.Key.At, PolicyDiagnosticCode.FieldUnknown, name, "is not understood by this version", _known);
    }
}
