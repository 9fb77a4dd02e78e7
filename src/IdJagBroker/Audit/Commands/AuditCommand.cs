using System.CommandLine;
using IdJagBroker.Upstreams.People;

namespace IdJagBroker.Audit.Commands;

/// <summary>
/// <c>idjag audit verify | prove</c>: checks what was exported, anywhere; they need public keys, and neither configuration nor database.
/// <c>idjag audit erase</c> works on the database.
/// </summary>
internal static class AuditCommand
{
    public static Command Create() => new("audit", "The audit log: verify what was exported of it, prove one event, erase a person.")
    {
        VerifyCommand.Create(), ProveCommand.Create(), EraseCommand.Create(),
    };
}
