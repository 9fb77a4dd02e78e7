using Npgsql;

namespace IdJagBroker.Audit;

/// <summary>Reads lines of the log as they are.</summary>
internal sealed class LogReader(NpgsqlDataSource database, TimeProvider clock)
{
    private static readonly TimeSpan CatchUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(25);

    /// <summary>
    /// Waits until what is durable now can be read, a second at most: who was refused a moment ago asks why at once. The sequencer is
    /// some 50 ms behind.
    /// </summary>
    public async Task CatchUpAsync(CancellationToken ct)
    {
        await using var newest = database.CreateCommand("select max(place) from audit_inbox");
        if (await newest.ExecuteScalarAsync(ct) is not long place) return;
        var started = clock.GetTimestamp();
        await using var waiting = database.CreateCommand("select exists (select from audit_inbox where place <= $1)");
        waiting.Parameters.Add(new() { Value = place });
        while (clock.GetElapsedTime(started) < CatchUp && await waiting.ExecuteScalarAsync(ct) is true) await Task.Delay(Look, clock, ct);
    }
}
