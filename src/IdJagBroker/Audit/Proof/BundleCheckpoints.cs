using System.Text;

namespace IdJagBroker.Audit.Proof;

/// <summary>Whether each earlier checkpoint is the beginning of the newest: a log that grew, and in which nothing was changed since.</summary>
internal sealed class BundleCheckpoints(string bundle, BundleManifest manifest, VerifiedCheckpoint newest, BundleTiles tiles, BundleFindings findings)
{
    private const int MaxProofBytes = 64 * 45;

    /// <param name="read">Reads and verifies the checkpoint of a size, or makes a finding.</param>
    /// <param name="since">One that somebody kept.</param>
    /// <returns>The earlier ones that are the log's.</returns>
    public IReadOnlyList<VerifiedCheckpoint> Verify(Func<long, VerifiedCheckpoint?> read, VerifiedCheckpoint? since)
    {
        var earlier = new List<VerifiedCheckpoint>();
        foreach (var size in manifest.Checkpoints.TakeWhile(_ => !findings.IsFull))
        {
            var name = BundleFiles.CheckpointOf(size);
            if (read(size) is not { } checkpoint) continue;
            if (checkpoint.Checkpoint.Size != size) findings.Add(FindingKind.Checkpoint, $"{name} is the checkpoint of {checkpoint.Checkpoint.Size} events.", name);
            else if (ReadProof(size) is { } proof && IsBeginning(checkpoint.Checkpoint, proof, name)) earlier.Add(checkpoint);
        }
        if (since is not null) Compare(since.Checkpoint, earlier);
        return earlier;
    }

    private void Compare(Checkpoint kept, List<VerifiedCheckpoint> earlier)
    {
        var now = newest.Checkpoint;
        if (kept.Origin != now.Origin)
            findings.Add(FindingKind.Inconsistent, $"The checkpoint that you kept is of the log '{kept.Origin}', and the bundle is of '{now.Origin}'.");
        else if (kept.Size > now.Size)
            findings.Add(FindingKind.Inconsistent, $"The checkpoint that you kept has {kept.Size} events, and the bundle's newest only {now.Size}: the log was cut, or the bundle is older.", BundleFiles.Checkpoint, seq: now.Size);
        else if (earlier.Find(checkpoint => checkpoint.Checkpoint.Size == kept.Size) is { } same)
            SayIf(same.Checkpoint.Root != kept.Root, kept);
        else
            Prove(kept);
    }

    private void Prove(Checkpoint kept)
    {
        try
        {
            IsBeginning(kept, TreeProof.Consistency(kept.Size, newest.Checkpoint.Size, tiles.Find), file: null);
        }
        catch (InvalidDataException)
        {
            findings.Add(FindingKind.Inconsistent, $"The checkpoint that you kept, of {kept.Size} events, cannot be compared: the bundle does not hold the tiles for it. Export from event {Math.Max(kept.Size - 1, 0)} on.");
        }
    }

    private bool IsBeginning(Checkpoint old, IReadOnlyList<TreeHash> proof, string? file)
    {
        var now = newest.Checkpoint;
        var isSo = TreeProof.VerifyConsistency(old.Size, old.Root, now.Size, now.Root, proof);
        SayIf(!isSo, old, file);
        if (old.RecordedAt > now.RecordedAt) findings.Add(FindingKind.Clock, $"The checkpoint of {old.Size} events is later than that of {now.Size}.", file);
        return isSo;
    }

    private void SayIf(bool differs, Checkpoint old, string? file = null)
    {
        if (differs) findings.Add(FindingKind.Inconsistent, $"The checkpoint of {old.Size} events {(file is null ? "that you kept " : "")}is not the beginning of the log as the bundle has it: something before event {old.Size} was changed.", file);
    }

    private List<TreeHash>? ReadProof(long size)
    {
        var name = BundleFiles.ConsistencyOf(size);
        if (size is 0) return [];
        if (BundleFiles.Read(bundle, name, MaxProofBytes, out var fault) is { } bytes)
        {
            var hashes = new List<TreeHash>();
            foreach (var line in Encoding.UTF8.GetString(bytes).Split('\n')[..^1])
            {
                if (TreeHash.TryParse(line, out var hash)) hashes.Add(hash);
                else fault = $"{name} is not a list of hashes.";
            }
            if (fault.Length is 0) return hashes;
        }
        findings.Add(FindingKind.Inconsistent, fault, name);
        return null;
    }
}
