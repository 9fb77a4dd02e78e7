using System.CommandLine;
using IdJagBroker.Upstreams.People;

namespace IdJagBroker.Audit.Commands;

/// <summary>
/// <c>idjag audit search | redemption | tail | stats</c> ask a broker; <c>export | retain | erase</c> work on the database, and need no broker; <c>verify | prove</c>
/// check what was exported, anywhere: they need public keys, and neither configuration nor database.
/// </summary>
internal static class AuditCommand
{
    public static Command Create() => new("audit", "The audit log: search it, follow it, export it, verify what was exported, prove one event, archive what is old, erase a person.")
    {
        SearchCommand.Create(), RedemptionCommand.Create(), TailCommand.Create(), StatsCommand.Create(), ExportCommand.Create(), VerifyCommand.Create(), ProveCommand.Create(), RetainCommand.Create(), EraseCommand.Create(),
    };
}
