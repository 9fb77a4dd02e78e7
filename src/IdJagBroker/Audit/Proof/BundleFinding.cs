namespace IdJagBroker.Audit.Proof;

/// <summary>What kind of thing is wrong with a bundle. The words of the command's JSON are these in snake case.</summary>
internal enum FindingKind
{
    /// <summary>The manifest is missing, unreadable, or not signed by the export key.</summary>
    Manifest,

    /// <summary>A checkpoint is missing, unreadable, or not signed by the log.</summary>
    Checkpoint,

    /// <summary>Two checkpoints are not of one growing log: something was changed or taken away after the first.</summary>
    Inconsistent,

    /// <summary>A file of events is missing, damaged, or another than was exported.</summary>
    Part,

    /// <summary>A line is no event.</summary>
    Line,

    /// <summary>A tile of the tree is missing or does not lead to the checkpoint's root.</summary>
    Tile,

    /// <summary>An event is not what the log recorded at its place.</summary>
    EventChanged,

    /// <summary>Events that should be there are not.</summary>
    EventMissing,

    /// <summary>An event comes after one that it should come before, or twice.</summary>
    EventOutOfOrder,

    /// <summary>An event is outside of what was exported.</summary>
    EventUnexpected,

    /// <summary>The log's clock went backwards.</summary>
    Clock,

    /// <summary>An event names a revision of the policy that the log did not bring into force, or whose files are missing or other ones.</summary>
    Policy,

    /// <summary>A key signed that did not sign then.</summary>
    Key,

    /// <summary>So much is wrong that reading on was given up.</summary>
    GivenUp,
}

/// <summary>One thing that is wrong, and where.</summary>
/// <param name="Kind">What kind.</param>
/// <param name="Sentence">What it is, in words.</param>
internal sealed record BundleFinding(FindingKind Kind, string Sentence)
{
    /// <summary>The event, if it is about one.</summary>
    public long? Seq { get; init; }

    /// <summary>The file, relative to the bundle.</summary>
    public string? File { get; init; }

    /// <summary>The line of that file, from 1.</summary>
    public long? Line { get; init; }
}

/// <summary>What was found, and on what it rests.</summary>
/// <param name="Findings">Empty if all is right.</param>
/// <param name="Checkpoint">The newest checkpoint, if it is the log's.</param>
/// <param name="Events">How many events were read and are in the log.</param>
internal sealed record BundleReport(IReadOnlyList<BundleFinding> Findings, Checkpoint? Checkpoint, long Events)
{
    /// <summary>What the bundle says that it holds, if its manifest can be read.</summary>
    public BundleManifest? Manifest { get; init; }

    public bool IsGood => Findings.Count is 0;
}
