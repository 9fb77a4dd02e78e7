using System.Globalization;
using System.Text;

namespace IdJagBroker.Audit.Proof;

/// <summary>Takes one event out of a bundle, with the proof that it is in the log.</summary>
internal static class BundleProver
{
    /// <summary>Finds the event and proves it; null with a sentence if that cannot be. Never throws on what the bundle holds.</summary>
    /// <param name="bundle">The directory.</param>
    /// <param name="which">A <c>seq</c>, or an <c>id</c>.</param>
    /// <param name="logKeys">The log's keys; without any, whoever reads the proof has to know them.</param>
    /// <param name="fault">Why not.</param>
    public static (TlogProof Proof, byte[] Line)? Prove(string bundle, string which, IReadOnlyList<LogKey> logKeys, out string fault)
    {
        if (BundleFiles.Read(bundle, BundleFiles.Manifest, BundleManifest.MaxBytes, out fault) is not { } manifestBytes
            || BundleFiles.Read(bundle, BundleFiles.Checkpoint, SignedNote.MaxBytes, out fault) is not { } note) return null;
        if (!BundleManifest.TryParse(manifestBytes, out var manifest)) fault = "The manifest is none.";
        if (!SignedNote.TryParse(note, out var signed) || !Checkpoint.TryParse(signed.Text, out var checkpoint)) fault = "The checkpoint is none.";
        else if (logKeys.Count > 0 && !VerifiedCheckpoint.TryOpen(note, logKeys, manifest?.Log, out _, out var why)) fault = $"The checkpoint {why}.";
        else if (manifest is not null && Find(bundle, manifest, which, out fault) is { } found) return Prove(bundle, checkpoint, found, note, out fault);
        return null;
    }

    private static (TlogProof, byte[])? Prove(string bundle, Checkpoint checkpoint, (long Seq, byte[] Line) found, byte[] note, out string fault)
    {
        var findings = new BundleFindings();
        var tiles = new BundleTiles(bundle, checkpoint, findings);
        fault = $"Event {found.Seq} is not what the log recorded.";
        if (found.Seq >= checkpoint.Size) return null;
        try
        {
            var path = TreeProof.Inclusion(found.Seq, checkpoint.Size, tiles.Find);
            if (TreeProof.VerifyInclusion(TreeHash.Leaf(found.Line), found.Seq, checkpoint.Size, path, checkpoint.Root))
                return (new TlogProof(found.Seq, path, Encoding.UTF8.GetString(note)), found.Line);
        }
        catch (InvalidDataException e)
        {
            fault = findings.ToList() is [var first, ..] ? first.Sentence : e.Message;
        }
        return null;
    }

    private static (long, byte[])? Find(string bundle, BundleManifest manifest, string which, out string fault)
    {
        (long, byte[])? found = null;
        var findings = new BundleFindings();
        var bySeq = long.TryParse(which, NumberStyles.None, CultureInfo.InvariantCulture, out var seq);
        var id = Encoding.UTF8.GetBytes(which);
        foreach (var part in manifest.Parts.Where(part => !bySeq || (part.First <= seq && seq <= part.Last)))
        {
            PartReader.Read(bundle, part, findings, (number, line) =>
            {
                if (LineMembers.TryRead(line, out var read, out _) && (bySeq ? read.Seq == seq : read.Id.SequenceEqual(id))) found = (read.Seq, line.ToArray());
                return found is null;
            });
            if (found is not null) break;
        }
        fault = findings.ToList() is [var first, ..] ? first.Sentence : $"There is no event {which} in the bundle.";
        return found;
    }
}
