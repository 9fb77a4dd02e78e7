using IdJagBroker.Audit;
using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol;
using Npgsql;

namespace IdJagBroker.Revisions;

/// <summary>
/// Brings the newest approved release into force on this replica, when it is genuine and good by this replica's own judgement. The last good one
/// stays while the database is away, and whatever somebody writes into it.
/// </summary>
internal sealed class ReleaseFollower(NpgsqlDataSource database, SigningKeyRing keys, RevisionCheck check, RevisionSwitch revisions, SourceAge source, Issuer issuer) : IDisposable
{
    private readonly SemaphoreSlim _following = new(1);
    private PolicyRelease? _taken;
    private PolicySnapshot? _snapshot;
    private bool _isGood;

    /// <summary>Looks at the newest release and its files, whether they are known or not.</summary>
    /// <exception cref="NpgsqlException">The database is away; what was known stays.</exception>
    public async Task ReloadAsync(CancellationToken ct)
    {
        await _following.WaitAsync(ct);       // one after the other, so that an older state never replaces a newer one
        try
        {
            await FollowAsync(ct);
        }
        finally
        {
            _following.Release();
        }
    }

    /// <summary>The same, if the newest release is not the one that was taken.</summary>
    /// <inheritdoc cref="ReloadAsync" path="/exception"/>
    public async Task RefreshAsync(CancellationToken ct)
    {
        PolicyRelease? newest;
        await using (var connection = await database.OpenConnectionAsync(ct)) newest = await ReleaseTable.NewestApprovedAsync(connection, ct);
        source.Seen();
        if (!_isGood || newest != _taken) await ReloadAsync(ct);
    }

    public void Dispose() => _following.Dispose();

    private async Task FollowAsync(CancellationToken ct)
    {
        PolicyRelease? newest;
        IReadOnlyList<PolicySource>? files = null;
        await using (var connection = await database.OpenConnectionAsync(ct))
        {
            newest = await ReleaseTable.NewestApprovedAsync(connection, ct);
            if (newest is not null) files = await PolicyRevisionTable.FindAsync(connection, newest.Revision, ct);
        }
        source.Seen();
        _isGood = false;
        if (await RefusalOfAsync(newest, files, ct) is { } refusal) await revisions.RefuseAsync(refusal);
        else _isGood = newest is null || await TryTakeAsync(newest, files!, ct);
    }

    private async Task<bool> TryTakeAsync(PolicyRelease release, IReadOnlyList<PolicySource> files, CancellationToken ct)
    {
        if (release == _taken) return await revisions.TakeAsync(_snapshot!, release.Number, ct);      // checked when it was taken
        var load = check.Check(files);
        if (load.Snapshot is not { } snapshot)
        {
            await revisions.RefuseAsync(Refusal.OfFiles(FormattableString.Invariant($"{release.Number} {release.Revision}"), load.Diagnostics) with { Revision = release.Revision, Number = release.Number });
            return false;
        }
        if (!await revisions.TakeAsync(snapshot, release.Number, ct)) return false;
        (_taken, _snapshot) = (release, snapshot);
        return true;
    }

    // Numbers only grow, so an old release that is put back, with its good signature, is not taken either.
    private async Task<Refusal?> RefusalOfAsync(PolicyRelease? newest, IReadOnlyList<PolicySource>? files, CancellationToken ct)
    {
        if (newest is null) return _taken is null ? null : Refusal.OfRelease(_taken, FormattableString.Invariant($"Release {_taken.Number} decides here, and is not in the database any more."));
        if (newest.Number < _taken?.Number) return Refusal.OfRelease(newest, FormattableString.Invariant($"Release {_taken.Number} decides here, and the newest in the database is {newest.Number}."));
        if (newest.State is not ReleaseState.Active) return Refusal.OfRelease(newest, FormattableString.Invariant($"Release {newest.Number} is the newest, and is called {newest.State.Word()}."));
        if (await ObjectionAsync(newest, ct) is { } objection) return Refusal.OfRelease(newest, FormattableString.Invariant($"Release {newest.Number} {objection}."));
        return files is not null && PolicyRevision.Of(files) == newest.Revision
            ? null
            : Refusal.OfRelease(newest, FormattableString.Invariant($"The files of release {newest.Number} are not those of its revision."));
    }

    private async Task<string?> ObjectionAsync(PolicyRelease release, CancellationToken ct)
    {
        var objection = ReleaseSignature.Objection(release, keys.PublishedFor(KeyPurpose.PolicyRelease), issuer, out var isUnknownKey);
        if (!isUnknownKey) return objection;
        await keys.ReloadAsync(ct);     // the key may be younger than this replica's last look
        return ReleaseSignature.Objection(release, keys.PublishedFor(KeyPurpose.PolicyRelease), issuer, out _);
    }
}
