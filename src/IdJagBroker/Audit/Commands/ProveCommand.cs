using System.CommandLine;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Hosting;

namespace IdJagBroker.Audit.Commands;

/// <summary>
/// <c>idjag audit prove --bundle BUNDLE --event ID|SEQ</c> writes the proof of an event; <c>idjag audit prove PROOF --event-file LINE</c>
/// verifies one. Status 0: proved; 1: not so; 2: it could not be looked at.
/// </summary>
internal static class ProveCommand
{
    public static Command Create()
    {
        var proof = new Argument<string?>("PROOF") { Description = "A file with a proof, to be verified.", Arity = ArgumentArity.ZeroOrOne };
        var bundle = new Option<string?>("--bundle") { Description = "The directory of an export, to take a proof from." };
        var which = new Option<string?>("--event") { Description = "The event's id or seq." };
        var eventFile = new Option<string?>("--event-file") { Description = "The file of the event's line: read with PROOF, written with --bundle." };
        var logKeys = GivenKeys.LogKeys();
        var command = new Command("prove", "Proves that one event is in the log, or verifies such a proof.") { proof, bundle, which, eventFile, logKeys };
        command.TreatUnmatchedTokensAsErrors = false;                   // by itself a misspelt option would be status 1, which is a finding
        command.SetAction(parsed =>
        {
            GivenKeys.RefuseUnknown(parsed);
            var keys = GivenKeys.Read(parsed.GetValue(logKeys) ?? []);
            var (sentence, isProved) = (parsed.GetValue(proof), parsed.GetValue(bundle), parsed.GetValue(which), parsed.GetValue(eventFile)) switch
            {
                (null, { } from, { } name, var file) => Make(parsed.InvocationConfiguration, from, name, file, keys),
                ({ } given, null, null, { } file) when keys.Count > 0 => Verify(given, file, keys),
                _ => throw new StartupFailedException("Give --bundle and --event to make a proof, or PROOF, --event-file and --log-key to verify one."),
            };
            if (sentence.Length > 0) (isProved ? parsed.InvocationConfiguration.Output : parsed.InvocationConfiguration.Error).WriteLine(sentence);
            return isProved ? 0 : 1;
        });
        return command;
    }

    private static (string, bool) Make(InvocationConfiguration terminal, string bundle, string which, string? eventFile, IReadOnlyList<LogKey> keys)
    {
        if (!Directory.Exists(bundle)) throw new StartupFailedException($"There is no directory {bundle}.");
        if (BundleProver.Prove(bundle, which, keys, out var fault) is not { } found) return (fault, false);
        if (eventFile is not null) Write(eventFile, [.. found.Line, (byte)'\n']);
        terminal.Output.Write(found.Proof.ToText());
        return ("", true);
    }

    private static void Write(string path, byte[] content)
    {
        try
        {
            File.WriteAllBytes(path, content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupFailedException($"{path} cannot be written.");
        }
    }

    private static (string, bool) Verify(string proofFile, string eventFile, IReadOnlyList<LogKey> keys)
    {
        if (!TlogProof.TryParse(GivenKeys.ReadFile(proofFile, TlogProof.MaxBytes), out var proof)) throw new StartupFailedException($"{proofFile} is no proof (c2sp.org/tlog-proof@v1).");
        var line = GivenKeys.ReadFile(eventFile, LineMembers.MaxBytes + 2).AsSpan().TrimEnd("\r\n"u8);       // an editor's line end is not the event's
        return proof.TryVerify(TreeHash.Leaf(line), keys, origin: null, out var checkpoint, out var fault)
            ? ($"The line is event {proof.Index} of the log {checkpoint.Checkpoint.Origin}, as its checkpoint of {checkpoint.Checkpoint.Size} events has it.", true)
            : (fault, false);
    }
}
