using System.Text;

namespace IdJagBroker.Audit.Proof;

/// <summary>
/// Says what is wrong with an exported part of the log, and where: signatures, consistency of its checkpoints, every event against the tree,
/// gaps and order, the clock, the policies and keys that events name. Needs the public keys and nothing else. Holds one tile of each level.
/// </summary>
/// <param name="logKeys">The keys that sign the log's checkpoints.</param>
/// <param name="exportKeys">The keys that sign manifests.</param>
/// <param name="since">A checkpoint that was kept from before, or null.</param>
internal sealed class BundleVerifier(IReadOnlyList<LogKey> logKeys, IReadOnlyList<LogKey> exportKeys, VerifiedCheckpoint? since)
{
    /// <summary>Verifies; never throws on what the bundle holds.</summary>
    public BundleReport Verify(string bundle)
    {
        var findings = new BundleFindings();
        var manifest = ReadManifest(bundle, findings);
        var newest = ReadCheckpoint(bundle, BundleFiles.Checkpoint, manifest?.Log, findings);
        if (manifest is null || newest is null) return new BundleReport(findings.ToList(), newest?.Checkpoint, 0) { Manifest = manifest };
        if (manifest.CheckpointSize != newest.Checkpoint.Size)
            findings.Add(FindingKind.Manifest, $"The manifest is of a checkpoint of {manifest.CheckpointSize} events, and {BundleFiles.Checkpoint} is of {newest.Checkpoint.Size}.", BundleFiles.Checkpoint);

        var tiles = new BundleTiles(bundle, newest.Checkpoint, findings);
        var earlier = new BundleCheckpoints(bundle, manifest, newest, tiles, findings).Verify(size => ReadCheckpoint(bundle, BundleFiles.CheckpointOf(size), manifest.Log, findings), since);

        var (keys, policies) = (new KeyHistory(), new PolicyHistory(bundle));
        BundleEvents Read(BundlePartKind kind)
        {
            var events = new BundleEvents(kind, manifest, newest.Checkpoint, tiles, keys, policies, findings);
            foreach (var part in manifest.Parts.Where(part => part.Kind == kind).TakeWhile(_ => !findings.IsFull)) events.Read(bundle, part);
            events.End();
            return events;
        }
        Read(BundlePartKind.Context);                       // first: an event is judged by what came before it
        var proved = Read(BundlePartKind.Events).Proved;
        foreach (var checkpoint in earlier.Append(newest)) CheckKey(checkpoint, keys, findings);
        return new BundleReport(findings.ToList(), newest.Checkpoint, proved) { Manifest = manifest };
    }

    private BundleManifest? ReadManifest(string bundle, BundleFindings findings)
    {
        if (BundleFiles.Read(bundle, BundleFiles.Manifest, BundleManifest.MaxBytes, out var fault) is not { } bytes)
        {
            findings.Add(FindingKind.Manifest, fault, BundleFiles.Manifest);
            return null;
        }
        if (BundleFiles.Read(bundle, BundleFiles.Signature, ManifestSignature.MaxBytes, out fault) is not { } signature)
            findings.Add(FindingKind.Manifest, fault, BundleFiles.Signature);
        else if (!ManifestSignature.Verify(bytes, Encoding.UTF8.GetString(signature), exportKeys))
            findings.Add(FindingKind.Manifest, "The manifest is not signed by any of the export keys that were given: it was changed, or somebody else made it.", BundleFiles.Manifest);
        if (BundleManifest.TryParse(bytes, out var manifest)) return manifest;
        findings.Add(FindingKind.Manifest, "The manifest is none: nothing can be checked by it.", BundleFiles.Manifest);
        return null;
    }

    private VerifiedCheckpoint? ReadCheckpoint(string bundle, string name, string? origin, BundleFindings findings)
    {
        if (BundleFiles.Read(bundle, name, SignedNote.MaxBytes, out var fault) is not { } note) findings.Add(FindingKind.Checkpoint, fault, name);
        else if (VerifiedCheckpoint.TryOpen(note, logKeys, origin, out var verified, out var why)) return verified;
        else findings.Add(FindingKind.Checkpoint, $"The checkpoint in {name} {why}.", name);
        return null;
    }

    private static void CheckKey(VerifiedCheckpoint checkpoint, KeyHistory keys, BundleFindings findings)
    {
        foreach (var signer in checkpoint.Signers)
            if (keys.FaultOfCheckpoint(signer.Kid, checkpoint.Checkpoint) is { } fault)
                findings.Add(FindingKind.Key, $"The checkpoint of {checkpoint.Checkpoint.Size} events {fault} ({signer.Kid}).");
    }
}
