using IdJagBroker.Audit;
using IdJagBroker.Hosting;
using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using Npgsql;

namespace IdJagBroker.Revisions;

/// <summary>
/// What somebody else than its author makes of a release: it decides, signed, or it never does. Alone, of what was looked at, and committed together
/// with its record.
/// </summary>
internal sealed class ReleaseDecision(
    NpgsqlDataSource database, SigningKeyRing keys, Issuer issuer, RevisionCheck check, ActivePolicy policy, ReleaseFollower follower, CurrentAdministrator administrator, TimeProvider clock)
{
    /// <summary>
    /// Lets a release decide. Refuses with 403 its author, with 409 what was decided before, what was made from another release than decides now, and what is not
    /// in the tables as it was published, with 412 what was not looked at, with 422 what this broker cannot decide by.
    /// </summary>
    public Task<Outcome<PolicyRelease>> ApproveAsync(long number, IfMatch ifMatch, CancellationToken ct) => DecideAsync(number, ifMatch, async (connection, release) =>
    {
        if (release.Author == administrator.Value.Key && !MayApproveOwn()) return ReleaseProblem.OwnRelease;
        var inForce = await ReleaseTable.NewestApprovedAsync(connection, ct);
        if (release.Base != (inForce?.Number ?? 0)) return ReleaseProblem.Outdated(release, inForce?.Number ?? 0);
        if (await PolicyRevisionTable.FindAsync(connection, release.Revision, ct) is not { } files || PolicyRevision.Of(files) != release.Revision) return ReleaseProblem.Altered;
        var load = check.Check(files);
        return load.Snapshot is null ? ReleaseProblem.Invalid(load.Diagnostics) : await ActivateAsync(connection, release, inForce, administrator.Value.Key, ct);
    }, ct);

    /// <summary>A release never decides; its author may say so too. Refuses with 404, 409 and 412.</summary>
    public Task<Outcome<PolicyRelease>> RejectAsync(long number, string reason, IfMatch ifMatch, CancellationToken ct) => DecideAsync(number, ifMatch, async (connection, release) =>
    {
        var rejected = release with { State = ReleaseState.Rejected, RejectedBy = administrator.Value.Key, RejectedAt = Now(clock), Rejection = reason };
        await ReleaseTable.RejectAsync(connection, rejected, ct);
        await AuditBatch.AppendAsync(connection, ReleaseEvent.Rejected(rejected).By(administrator.Value), ct);
        return rejected;
    }, ct);

    /// <summary>Signs a release and lets it decide, within a transaction of the caller's. Refuses with 503 if the key does not sign.</summary>
    public async Task<Outcome<PolicyRelease>> ActivateAsync(NpgsqlConnection connection, PolicyRelease release, PolicyRelease? inForce, string? approver, CancellationToken ct)
    {
        var active = release with { State = ReleaseState.Active, Approver = approver, ApprovedAt = Now(clock) };
        try
        {
            var key = keys.For(KeyPurpose.PolicyRelease, JwsAlgorithm.ES256);
            active = active with { Signature = await ReleaseSignature.SignAsync(key, issuer, active, ct) };
            await ReleaseTable.ActivateAsync(connection, active, ct);
            if (approver is not null) await AuditBatch.AppendAsync(connection, ReleaseEvent.Approved(active, key.PublicKey.KeyId).By(administrator.Value), ct);
            if (active.IsRollback && inForce is not null) await AuditBatch.AppendAsync(connection, ReleaseEvent.RolledBack(active, inForce).By(administrator.Value), ct);
            return active;
        }
        catch (SigningUnavailableException)
        {
            return ReleaseProblem.CannotSign;
        }
    }

    /// <summary>The time in whole microseconds: what is signed must be what the database gives back.</summary>
    public static DateTimeOffset Now(TimeProvider clock) => clock.GetUtcNow() is var now ? now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond)) : default;

    // Where nobody in force could, the management token is all there is: at the first release, and when a release took everybody's scope away.
    private bool MayApproveOwn() => administrator.Value == Administrator.BreakGlass
        && !policy.Current.Catalog.Administrators.Values.Any(one => one.Enabled && one.Scopes.Contains(AdminScope.PolicyApprove.Value));

    private async Task<Outcome<PolicyRelease>> DecideAsync(long number, IfMatch ifMatch, Func<NpgsqlConnection, PolicyRelease, Task<Outcome<PolicyRelease>>> decide, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await ReleaseTable.AloneAsync(connection, ct);
        if (await ReleaseTable.FindAsync(connection, number, ct) is not { } release) return ReleaseProblem.NoRelease;
        if (ifMatch.Check(release.Tag) is { } stale) return stale;
        if (release.State is not ReleaseState.Pending) return ReleaseProblem.Decided(release);
        if ((await decide(connection, release)).IsRefused(out var decided, out var problem)) return problem;
        await transaction.CommitAsync(ct);
        await ReleaseChange.KnowAtOnceAsync(follower);
        return decided;
    }
}
