using System.Diagnostics.Metrics;
using IdJagBroker.Audit;
using IdJagBroker.Shared;
using IdJagBroker.Storage;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Audit;

/// <summary>How far the sequencing is behind is measured where nobody sequences, too.</summary>
public sealed class InboxWatchTests(BrokerPostgres postgres)
{
    [Fact]
    public async Task Tells_how_many_events_wait_and_for_how_long()
    {
        var connectionString = await postgres.CreateDatabaseAsync();
        await using var database = DatabaseSetup.CreateDataSource(connectionString);
        var clock = new ManualClock();
        using var watch = new InboxWatch(database, clock);
        Assert.Empty(Measure());
        await watch.StartAsync(default);
        await Until(measured => measured.Contains(("broker.audit.inbox.depth", 0)) && measured.Contains(("broker.audit.sequencer.lag", 0)));

        var (old, young) = (clock.GetUtcNow().AddSeconds(-90), clock.GetUtcNow().AddSeconds(-1));
        foreach (var at in new[] { old, young })
        {
            await using var insert = database.CreateCommand("insert into audit_inbox (event) values ($1)");
            insert.Parameters.Add(new() { Value = EventLine.Of(new AuditEvent { Id = Guid.NewGuid(), OccurredAt = at, Type = "test.good", Outcome = AuditOutcome.Ok, ActorKind = "test" }), NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
            await insert.ExecuteNonQueryAsync();
        }
        await watch.LookAsync(default);
        Assert.Equal([("broker.audit.inbox.depth", 2), ("broker.audit.sequencer.lag", 90)], Measure());
        clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Contains(("broker.audit.sequencer.lag", 93), Measure());

        await Sql.ExecuteAsync(connectionString, "update audit_inbox set event = 'no event'; select 1");
        await watch.LookAsync(default);
        Assert.Equal([("broker.audit.inbox.depth", 2), ("broker.audit.sequencer.lag", 0)], Measure());
        await watch.StopAsync(default);

        async Task Until(Func<List<(string, double)>, bool> reached)
        {
            for (var tries = 0; tries < 100 && !reached(Measure()); tries++) await Task.Delay(50);
            Assert.True(reached(Measure()));
        }

        // Of this watch alone: other tests have theirs.
        List<(string Name, double Value)> Measure()
        {
            var measured = new List<(string, double)>();
            using var listener = new MeterListener();
            listener.InstrumentPublished = (instrument, l) => { if (ReferenceEquals(instrument.Meter, watch.Meter)) l.EnableMeasurementEvents(instrument); };
            listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => measured.Add((instrument.Name, value)));
            listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => measured.Add((instrument.Name, Math.Round(value))));
            listener.Start();
            listener.RecordObservableInstruments();
            return measured;
        }
    }
}
