using System.Text.Json.Nodes;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Storage;
using Npgsql;

namespace IdJagBroker.Audit.Api;

/// <summary>
/// <c>GET /admin/v1/audit/stats</c>: how many events, told apart by what is asked for, from counts that are kept by the hour as events are
/// placed; how many people (<c>people=true</c>); and which connections nobody uses (<c>unused=90d</c>). Nothing here counts the log.
/// </summary>
internal sealed class GetStats(LogReader log, LogDatabase database, ActivePolicy policy, UnusedConnections connections, TimeProvider clock)
{
    /// <summary>The most rows of an answer.</summary>
    public const int MaxRows = 10_000;

    public static void Map(IEndpointRouteBuilder audit) => audit.MapGet("/stats", (HttpContext http, GetStats stats) => stats.HandleAsync(http));

    private async Task<IResult> HandleAsync(HttpContext http)
    {
        var now = clock.GetUtcNow();
        if (http.Request.Query["unused"].Count > 0) return await UnusedAsync(http, now);
        if (StatsQuestion.Read(http.Request.Query, now).IsRefused(out var asked, out var problem)) return problem.ToResult();
        await log.CatchUpAsync(http.RequestAborted);
        var people = http.Request.Query["people"].Count > 0;
        var resolved = await ResolvedFilter.OfAsync(asked.Filter, database, policy.Current.Catalog, http.RequestAborted);
        var rows = await RowsAsync(people ? StatsQuery.People(asked, resolved) : StatsQuery.Events(asked, resolved), asked, people ? "people" : "events", http.RequestAborted);
        if (rows.Count > MaxRows)
            return (Problem.Invalid($"The answer has more than {MaxRows} rows.") with { Hint = "Take a longer step, a shorter time, or fewer columns in by." }).ToResult();
        return Results.Ok(new JsonObject
        {
            ["from"] = EventTime.Write(asked.From), ["to"] = EventTime.Write(asked.To), ["by"] = new JsonArray([.. asked.By.Select(name => (JsonNode)name)]),
            ["rows"] = new JsonArray([.. rows.OrderBy(row => (string?)row["at"], StringComparer.Ordinal).ThenByDescending(row => (long)row[people ? "people" : "events"]!)]),
        });
    }

    private async Task<List<JsonObject>> RowsAsync(NpgsqlCommand command, StatsQuestion asked, string count, CancellationToken ct)
    {
        await using var connection = await database.Source.OpenConnectionAsync(ct);
        await using var _ = command;
        command.Connection = connection;
        var rows = new List<JsonObject>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var row = new JsonObject();
            var column = 0;
            if (asked.Step is not null) row["at"] = EventTime.Write(reader.GetFieldValue<DateTimeOffset>(column++));
            foreach (var name in asked.By)
                if (reader.GetString(column++) is { Length: > 0 } value) row[name] = value;
            if (reader.IsDBNull(column)) continue;      // a total of nothing
            row[count] = reader.GetInt64(column);
            rows.Add(row);
        }
        return rows;
    }

    private async Task<IResult> UnusedAsync(HttpContext http, DateTimeOffset now)
    {
        var query = http.Request.Query;
        if (query.Keys.FirstOrDefault(name => name is not "unused") is { } other) return Problem.InvalidParameter("unused stands alone.", other, 1).ToResult();
        if (query["unused"] is not [{ } text]) return Problem.InvalidParameter("unused is given more than once.", "unused", 1).ToResult();
        if (FilterTime.Read("-" + text, now, out var since) is { } fault) return Problem.InvalidParameter($"unused: {fault.Message}", "unused", Math.Max(fault.Column - 1, 1)).ToResult();
        var unused = await connections.SinceAsync(since, policy.Current.Catalog, http.RequestAborted);
        return Results.Ok(new JsonObject { ["since"] = EventTime.Write(since), ["connections"] = new JsonArray([.. unused.Select(Shown)]) });
    }

    private static JsonObject Shown(Connection connection)
    {
        var shown = new JsonObject { ["client"] = connection.Client, ["resource"] = connection.Resource, ["registered"] = connection.IsRegistered };
        if (connection.LastUsed is { } used) shown["last_used"] = EventTime.Write(used);
        return shown;
    }
}
