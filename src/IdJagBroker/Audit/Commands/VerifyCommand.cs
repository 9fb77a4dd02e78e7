using System.CommandLine;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Hosting;

namespace IdJagBroker.Audit.Commands;

/// <summary><c>idjag audit verify BUNDLE</c>. Status 0: all is right; 1: something is wrong, and said; 2: it could not be looked at.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var bundle = new Argument<string>("BUNDLE") { Description = "The directory of an export.", Arity = ArgumentArity.ZeroOrOne };
        var logKeys = GivenKeys.LogKeys();
        var exportKeys = new Option<string[]>("--export-key") { Description = "A public key that signs exports, in the same forms. Once for each key." };
        var since = new Option<string?>("--since") { Description = "A file with a checkpoint that you kept: the log must have grown from it." };
        var output = new Option<string>("--output") { Description = "text, or json for programs.", DefaultValueFactory = _ => "text" };
        output.AcceptOnlyFromAmong("text", "json");
        var command = new Command("verify", "Checks an export: nothing was changed, left out, added or moved.") { bundle, logKeys, exportKeys, since, output };
        command.TreatUnmatchedTokensAsErrors = false;                   // by itself a misspelt option would be status 1, which is a finding
        command.SetAction(parsed =>
        {
            GivenKeys.RefuseUnknown(parsed);
            var directory = parsed.GetValue(bundle) is { Length: > 0 } given ? given : throw new StartupFailedException("Give the directory of an export.");
            if (!Directory.Exists(directory)) throw new StartupFailedException($"There is no directory {directory}.");
            var ofLog = GivenKeys.Read(parsed.GetValue(logKeys) ?? []);
            var ofExports = GivenKeys.Read(parsed.GetValue(exportKeys) ?? []);
            if (ofLog.Count is 0 || ofExports.Count is 0) throw new StartupFailedException("Give --log-key and --export-key: without the keys a bundle says nothing.");

            var report = new BundleVerifier(ofLog, ofExports, Since(parsed.GetValue(since), ofLog)).Verify(directory);
            parsed.InvocationConfiguration.Output.Write(parsed.GetValue(output) is "json" ? BundleReportText.ToJson(report) : BundleReportText.ToText(report));
            return report.IsGood ? 0 : 1;
        });
        return command;
    }

    private static VerifiedCheckpoint? Since(string? file, IReadOnlyList<LogKey> keys)
    {
        if (file is null) return null;
        return VerifiedCheckpoint.TryOpen(GivenKeys.ReadFile(file, SignedNote.MaxBytes), keys, origin: null, out var since, out var fault)
            ? since : throw new StartupFailedException($"The checkpoint in {file} {fault}.");
    }
}
