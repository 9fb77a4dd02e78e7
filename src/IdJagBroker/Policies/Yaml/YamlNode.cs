namespace IdJagBroker.Policies.Yaml;

/// <summary>A node of a document and where it stands.</summary>
internal abstract record YamlNode(SourceSpan At);

/// <summary>A scalar. Only a plain one (without quotes, no block) can be a boolean, a number or null (YAML 1.2 core schema).</summary>
internal sealed record YamlScalar(SourceSpan At, string Value, bool IsPlain) : YamlNode(At);

/// <summary>A list.</summary>
internal sealed record YamlSequence(SourceSpan At, IReadOnlyList<YamlNode> Items) : YamlNode(At);

/// <summary>A mapping, without repeated keys.</summary>
internal sealed record YamlMap(SourceSpan At, IReadOnlyList<YamlEntry> Entries) : YamlNode(At);

/// <summary>What stands where something refused was written; already reported, so nobody reports it again.</summary>
internal sealed record YamlRefused(SourceSpan At) : YamlNode(At);

/// <summary>One key and its value.</summary>
internal sealed record YamlEntry(YamlScalar Key, YamlNode Value);
