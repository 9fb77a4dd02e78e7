using IdJagBroker.Audit;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.Revisions;

/// <summary>What somebody wants to decide.</summary>
/// <param name="Policy">Checked here; every replica checks it again.</param>
/// <param name="Comment">Why.</param>
/// <param name="Ticket">Where that is written down, or null.</param>
internal sealed record PolicyDraft(PolicySnapshot Policy, string? Comment, string? Ticket)
{
    /// <summary>Whether it takes an earlier revision back.</summary>
    public bool IsRollback { get; init; }
}

/// <summary>
/// The one way to a release: alone, made from what decides, and committed together with its record. Without an approval to wait for it decides at once.
/// </summary>
internal sealed class ReleaseChange(
    NpgsqlDataSource database, RevisionCheck check, ReleaseDecision decision, ReleaseFollower follower, CurrentAdministrator administrator, IOptions<PolicySourceOptions> options, TimeProvider clock)
{
    /// <summary>Publishes. Refuses with 412 if another release decides than the one it was made from, with 409 if it would change nothing.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<Outcome<PolicyRelease>> PublishAsync(PolicyDraft draft, IfMatch ifMatch, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var outcome = await PublishAsync(connection, draft, ifMatch, ct);
        if (!outcome.IsRefused(out var release, out _) && release.State is ReleaseState.Active) await KnowAtOnceAsync(follower);
        return outcome;
    }

    /// <summary>Takes an earlier revision back: a release like any other. Refuses with 404, with 409 if that revision never decided, and with 422 if it could not any more.</summary>
    public async Task<Outcome<PolicyRelease>> RollBackAsync(string revision, string reason, string? ticket, IfMatch ifMatch, CancellationToken ct)
    {
        IReadOnlyList<PolicySource>? files;
        await using (var connection = await database.OpenConnectionAsync(ct))
        {
            files = await PolicyRevisionTable.FindAsync(connection, revision, ct);
            if (files is null) return ReleaseProblem.NoRevision;
            if (!await ReleaseTable.WasApprovedAsync(connection, revision, ct)) return ReleaseProblem.NeverApproved;
        }
        if (PolicyRevision.Of(files) != revision) return ReleaseProblem.Altered;
        var load = check.Check(files);
        return load.Snapshot is { } snapshot
            ? await PublishAsync(new PolicyDraft(snapshot, reason, ticket) { IsRollback = true }, ifMatch, ct)
            : ReleaseProblem.Invalid(load.Diagnostics);
    }

    /// <summary>The next request here sees it; the other replicas are told by the database.</summary>
    public static async Task KnowAtOnceAsync(ReleaseFollower follower)
    {
        try
        {
            await follower.ReloadAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or AuditUnavailableException)
        {
            // It is committed, and that must be the answer; the poll finds it when the database is back.
        }
    }

    private async Task<Outcome<PolicyRelease>> PublishAsync(NpgsqlConnection connection, PolicyDraft draft, IfMatch ifMatch, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await ReleaseTable.AloneAsync(connection, ct);
        var inForce = await ReleaseTable.NewestApprovedAsync(connection, ct);
        if (ifMatch.Check(inForce?.Number ?? 0) is { } raced) return raced;
        if (inForce?.Revision == draft.Policy.Revision) return ReleaseProblem.Unchanged;

        await PolicyRevisionTable.KeepAsync(connection, draft.Policy.Revision, draft.Policy.Sources, ct);
        var release = await ReleaseTable.AddAsync(connection, new PolicyRelease(
            0, draft.IsRollback, ReleaseState.Pending, draft.Policy.Revision, inForce?.Number ?? 0, administrator.Value.Key, ReleaseDecision.Now(clock)) { Comment = draft.Comment, Ticket = draft.Ticket }, ct);
        await AuditBatch.AppendAsync(connection, ReleaseEvent.Published(release, draft.Policy.Sources, options.Value.NeedsApproval).By(administrator.Value), ct);
        if (!options.Value.NeedsApproval)
        {
            if ((await decision.ActivateAsync(connection, release, inForce, approver: null, ct)).IsRefused(out var active, out var problem)) return problem;
            release = active;
        }
        await transaction.CommitAsync(ct);
        return release;
    }
}
