namespace IdJagBroker.Audit.Api;

/// <summary>Types as far as reading goes by how common they are: one index holds all but the three that nearly every event is of.</summary>
internal static class EventTypes
{
    public const string Issued = "idjag.issued";

    /// <summary>Those of a token's life. The first is in no index of types: it is what a log is full of.</summary>
    public static readonly IReadOnlyList<string> Common = [Issued, "idjag.denied", "idjag.redeemed"];

    /// <summary>What the index of rare types says of itself.</summary>
    public const string Rare = "type not in ('idjag.issued', 'idjag.denied', 'idjag.redeemed')";

    /// <summary>What the index of the other two says of itself.</summary>
    public const string Frequent = "type in ('idjag.denied', 'idjag.redeemed')";

    /// <summary>Whether a filter stands for a family of types: <c>key.*</c>.</summary>
    public static bool IsPattern(string type) => type.EndsWith(".*", StringComparison.Ordinal);

    /// <summary>Whether a type is of that family.</summary>
    public static bool Matches(string pattern, string type) => type.StartsWith(pattern[..^1], StringComparison.Ordinal) && IsPattern(pattern);
}
