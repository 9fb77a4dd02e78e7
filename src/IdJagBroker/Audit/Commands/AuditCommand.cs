using System.CommandLine;

namespace IdJagBroker.Audit.Commands;

/// <summary>
/// <c>idjag audit export | retain</c> work on the database; <c>verify | prove</c> check what was exported, anywhere: they need public keys, and
/// neither configuration nor database.
/// </summary>
internal static class AuditCommand
{
    public static Command Create() => new("audit", "The audit log: export it, verify what was exported, prove one event, archive what is old.")
    {
        ExportCommand.Create(), VerifyCommand.Create(), ProveCommand.Create(), RetainCommand.Create(),
    };
}
