using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Policies;
using Npgsql;

namespace IdJagBroker.Audit;

/// <summary>
/// Records which revision this replica decides by, with its files, before it decides anything: the log never names a policy that it does
/// not know. While the database is away nothing new can be decided by, and it is tried again.
/// </summary>
internal sealed partial class PolicyActivation(NpgsqlDataSource database, ActivePolicy policy, TimeProvider clock, ILogger<PolicyActivation> log) : BackgroundService
{
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(250);
    private ImmutableHashSet<string> _recorded = ImmutableHashSet.Create<string>(StringComparer.Ordinal);
    private volatile string _newest = "";
    private bool _trouble;

    /// <exception cref="AuditUnavailableException">It is not recorded yet: a request that decided by it must not say so in the log.</exception>
    public void MustBeRecorded(string? revision)
    {
        if (revision is not { Length: > 0 } || (revision != _newest && !_recorded.Contains(revision)))
            throw new AuditUnavailableException("The policy in force is not recorded yet.");
    }

    /// <summary>Records a revision, and only then lets it decide.</summary>
    /// <param name="next">The revision, checked.</param>
    /// <param name="number">Of the release that it comes by, or null.</param>
    /// <param name="ct">Ends the waiting.</param>
    /// <exception cref="NpgsqlException">It is not recorded, and does not decide.</exception>
    public async Task ActivateAsync(PolicySnapshot next, long? number, CancellationToken ct)
    {
        await RecordAsync(next, policy.Current.IsNone ? "start" : "reload", number, ct);
        policy.Switch(next);
    }

    /// <summary>Tries once before the ports open.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TryAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!IsRecorded(policy.Current))
        {
            await Task.Delay(Again, clock, stoppingToken);
            await TryAsync(stoppingToken);
        }
    }

    private bool IsRecorded(PolicySnapshot snapshot) => snapshot.IsNone || _recorded.Contains(snapshot.Revision);

    private async Task TryAsync(CancellationToken ct)
    {
        try
        {
            if (!IsRecorded(policy.Current)) await RecordAsync(policy.Current, "start", null, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)      // whatever it was, this must go on trying
        {
            if (!_trouble) NotRecorded(e);      // once for each outage
            _trouble = true;
        }
    }

    private async Task RecordAsync(PolicySnapshot snapshot, string why, long? number, CancellationToken ct)
    {
        await using (var connection = await database.OpenConnectionAsync(ct))
        {
            await using var transaction = await connection.BeginTransactionAsync(ct);
            await PolicyRevisionTable.KeepAsync(connection, snapshot.Revision, snapshot.Sources, ct);
            await AuditBatch.AppendAsync(connection, Event(snapshot, why, number), ct);
            await transaction.CommitAsync(ct);
        }
        ImmutableInterlocked.Update(ref _recorded, static (recorded, revision) => recorded.Add(revision), snapshot.Revision);
        _newest = snapshot.Revision;
    }

    private AuditEvent Event(PolicySnapshot snapshot, string why, long? number)
    {
        var now = clock.GetUtcNow();
        var data = new JsonObject
        {
            ["clients"] = snapshot.Catalog.Clients.Count,
            ["files"] = new JsonArray([.. snapshot.Sources.Select(source => new JsonObject { ["bytes"] = Encoding.UTF8.GetByteCount(source.Text), ["name"] = source.Name })]),
            ["resources"] = snapshot.Catalog.Resources.Count,
            ["rules"] = snapshot.Rules.Length,
        };
        if (number is { } release) data["number"] = release;
        return new AuditEvent
        {
            Id = Guid.CreateVersion7(now),
            OccurredAt = now,
            Type = "policy.activated",
            Outcome = AuditOutcome.Ok,
            ActorKind = "system",
            ActorKey = why,
            PolicyRevision = snapshot.Revision,
            Data = EventData.Of(data),
        };
    }

    [LoggerMessage(1031, LogLevel.Error, "The policy in force could not be recorded; nothing is decided by it until it is")]
    private partial void NotRecorded(Exception exception);
}
