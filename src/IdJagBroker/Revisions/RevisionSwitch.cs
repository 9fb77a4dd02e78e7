using IdJagBroker.Audit;
using IdJagBroker.Policies;

namespace IdJagBroker.Revisions;

/// <summary>
/// The one way to another policy at run time: recorded first, then taken as a whole; and what is refused never decides, is told once, and leaves what
/// was good before where it is.
/// </summary>
internal sealed partial class RevisionSwitch(
    ActivePolicy policy, PolicyActivation activation, ReloadStatus status, AuditInbox inbox, TimeProvider clock, ILogger<RevisionSwitch> log)
{
    private string? _logged;
    private string? _recorded;

    /// <summary>Lets a revision decide that was checked, unless it does already.</summary>
    /// <param name="next">The revision.</param>
    /// <param name="number">Of its release, or null.</param>
    /// <param name="ct">Ends the waiting.</param>
    /// <returns>False: the log cannot be written, so it does not decide yet.</returns>
    public async Task<bool> TakeAsync(PolicySnapshot next, long? number, CancellationToken ct)
    {
        var isNew = next.Revision != policy.Current.Revision;
        if (isNew && !await TryActivateAsync(next, number, ct)) return false;
        (_logged, _recorded) = (null, null);
        if (isNew || number != status.Number) Taken(next.Revision, next.Rules.Length);
        status.Took(number, isNew, clock.GetUtcNow());
        return true;
    }

    /// <summary>Tells that something was refused: to operators, to the gauges and to the log of events, once for each content.</summary>
    /// <exception cref="AuditUnavailableException">The event is not written; told again, it is only that.</exception>
    public async Task RefuseAsync(Refusal refusal)
    {
        status.Refused(refusal, clock.GetUtcNow());
        if (_logged != refusal.Key) NotTaken(refusal.Reason, string.Join('\n', refusal.Problems));
        _logged = refusal.Key;
        if (_recorded == refusal.Key) return;
        await inbox.AppendAsync(ReleaseEvent.Refused(refusal, clock.GetUtcNow()), []);
        _recorded = refusal.Key;
    }

    private async Task<bool> TryActivateAsync(PolicySnapshot next, long? number, CancellationToken ct)
    {
        try
        {
            await activation.ActivateAsync(next, number, ct);
            return true;
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or TimeoutException)
        {
            var refusal = new Refusal(Refusal.NotRecorded, Refusal.NotRecorded + next.Revision, [new PolicyProblem("The revision cannot be recorded; it is tried again.")]) { Revision = next.Revision, Number = number };
            status.Refused(refusal, clock.GetUtcNow());
            if (_logged != refusal.Key) NotRecorded(next.Revision, e);
            _logged = refusal.Key;
            return false;
        }
    }

    [LoggerMessage(2101, LogLevel.Information, "Policy {Revision} decides now, with {Rules} rules")]
    private partial void Taken(string revision, int rules);

    [LoggerMessage(2102, LogLevel.Error, "A policy was refused ({Reason}); the one before goes on deciding:\n{Problems}")]
    private partial void NotTaken(string reason, string problems);

    [LoggerMessage(2103, LogLevel.Error, "Policy {Revision} is good and cannot be recorded, so the one before goes on deciding; it is tried again")]
    private partial void NotRecorded(string revision, Exception exception);
}
