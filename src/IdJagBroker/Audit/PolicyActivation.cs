using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Policies;
using Npgsql;

namespace IdJagBroker.Audit;

/// <summary>
/// Records which revision this replica decides by, with its files, before it decides anything: the log never names a policy that it does
/// not know. While the database is away nothing can be decided, and it is tried again.
/// </summary>
internal sealed partial class PolicyActivation(NpgsqlDataSource database, ActivePolicy policy, TimeProvider clock, ILogger<PolicyActivation> log) : BackgroundService
{
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(250);
    private volatile bool _recorded;
    private bool _trouble;

    /// <exception cref="AuditUnavailableException">It is not recorded yet.</exception>
    public void MustBeRecorded()
    {
        if (!_recorded) throw new AuditUnavailableException("The policy in force is not recorded yet.");
    }

    /// <summary>Tries once before the ports open.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TryAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!_recorded)
        {
            await Task.Delay(Again, clock, stoppingToken);
            await TryAsync(stoppingToken);
        }
    }

    private async Task TryAsync(CancellationToken ct)
    {
        try
        {
            await RecordAsync(policy.Current, ct);
            _recorded = true;
        }
        catch (Exception e) when (!ct.IsCancellationRequested)      // whatever it was, this must go on trying
        {
            if (!_trouble) NotRecorded(e);      // once for each outage
            _trouble = true;
        }
    }

    private async Task RecordAsync(PolicySnapshot snapshot, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var files = new JsonArray([.. snapshot.Sources.Select(source => new JsonObject { ["name"] = source.Name, ["text"] = source.Text })]);
        await using (var keep = new NpgsqlCommand("insert into policy_revision (revision, files) values ($1, $2::jsonb) on conflict do nothing", connection))
        {
            keep.Parameters.Add(new() { Value = snapshot.Revision });
            keep.Parameters.Add(new() { Value = files.ToJsonString() });
            await keep.ExecuteNonQueryAsync(ct);
        }
        await AuditBatch.AppendAsync(connection, Event(snapshot), ct);
        await transaction.CommitAsync(ct);
    }

    private AuditEvent Event(PolicySnapshot snapshot)
    {
        var now = clock.GetUtcNow();
        return new AuditEvent
        {
            Id = Guid.CreateVersion7(now),
            OccurredAt = now,
            Type = "policy.activated",
            Outcome = AuditOutcome.Ok,
            ActorKind = "system",
            ActorKey = "start",
            PolicyRevision = snapshot.Revision,
            Data = EventData.Of(new JsonObject
            {
                ["clients"] = snapshot.Catalog.Clients.Count,
                ["files"] = new JsonArray([.. snapshot.Sources.Select(source => new JsonObject { ["bytes"] = Encoding.UTF8.GetByteCount(source.Text), ["name"] = source.Name })]),
                ["resources"] = snapshot.Catalog.Resources.Count,
                ["rules"] = snapshot.Rules.Length,
            }),
        };
    }

    [LoggerMessage(1031, LogLevel.Error, "The policy in force could not be recorded; nothing is decided by it until it is")]
    private partial void NotRecorded(Exception exception);
}
