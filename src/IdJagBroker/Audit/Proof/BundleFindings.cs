namespace IdJagBroker.Audit.Proof;

/// <summary>Collects findings, up to a number that a person may still read: past it a bundle is not worth the work of reading on.</summary>
internal sealed class BundleFindings
{
    /// <summary>The most that are reported.</summary>
    public const int Max = 1000;

    private readonly List<BundleFinding> _all = [];

    public bool IsFull => _all.Count >= Max;

    public void Add(FindingKind kind, string sentence, string? file = null, long? line = null, long? seq = null)
    {
        if (!IsFull) _all.Add(new BundleFinding(kind, sentence) { File = file, Line = line, Seq = seq });
    }

    public IReadOnlyList<BundleFinding> ToList() =>
        IsFull ? [.. _all, new BundleFinding(FindingKind.GivenUp, $"More than {Max} things are wrong; the rest was not looked at.")] : [.. _all];
}
