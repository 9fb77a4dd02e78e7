using System.Text.Json.Serialization;
using IdJagBroker.Hosting;
using IdJagBroker.Keys.Control;
using IdJagBroker.Policies;
using Npgsql;

namespace IdJagBroker.Audit.Retention;

/// <summary>A month that is not taken away.</summary>
internal sealed record Hold(
    [property: JsonPropertyName("month")] string Month, [property: JsonPropertyName("reason")] string Reason,
    [property: JsonPropertyName("placed_at")] DateTimeOffset PlacedAt, [property: JsonPropertyName("placed_by")] string PlacedBy);

/// <summary>
/// <c>GET | POST | DELETE /admin/v1/audit/holds</c> <c>{month, reason}</c>: a month on hold, and everything after it, stays in the database. Both
/// what places one and what lifts it is on record with its reason.
/// </summary>
internal static class HoldApi
{
    private sealed record Change(LogMonth Month, string Reason);

    public static void Map(IEndpointRouteBuilder admin)
    {
        var holds = admin.MapGroup("/audit/holds").AddEndpointFilter<AdminFailures>();
        holds.MapGet("", async (HttpContext http, NpgsqlDataSource database) => Results.Ok(new { holds = await ListAsync(database, http.RequestAborted) })).RequireScope(AdminScope.AuditRead);
        holds.MapPost("", (HttpContext http, NpgsqlDataSource database, TimeProvider clock) => ChangeAsync(
            http, database, clock, isPlaced: true, "insert into audit_hold (month, reason, placed_at, placed_by) values ($1, $2, $3, $4) on conflict do nothing")).RequireScope(AdminScope.AuditErase);
        holds.MapDelete("", (HttpContext http, NpgsqlDataSource database, TimeProvider clock) => ChangeAsync(
            http, database, clock, isPlaced: false, "delete from audit_hold where month = $1")).RequireScope(AdminScope.AuditErase);
    }

    private static async Task<IResult> ChangeAsync(HttpContext http, NpgsqlDataSource database, TimeProvider clock, bool isPlaced, string statement)
    {
        if ((await ReadAsync(http)).IsRefused(out var hold, out var problem)) return problem.ToResult();
        var (by, now, ct) = (CurrentAdministrator.Of(http), clock.GetUtcNow(), http.RequestAborted);
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var command = new NpgsqlCommand(statement, connection))
        {
            foreach (var value in isPlaced ? (object[])[hold.Month.ToString(), hold.Reason, now.UtcDateTime, by.Key] : [hold.Month.ToString()]) command.Parameters.Add(new() { Value = value });
            if (await command.ExecuteNonQueryAsync(ct) is not 1)
                return new Problem(StatusCodes.Status409Conflict, isPlaced ? "already-on-hold" : "not-on-hold", isPlaced ? "The month is on hold." : "The month is not on hold.").ToResult();
        }
        await AuditBatch.AppendAsync(connection, RetentionEvent.OfHold(hold.Month, isPlaced, hold.Reason, now).By(by), ct);
        await transaction.CommitAsync(ct);
        return isPlaced ? Results.Created((string?)null, new Hold(hold.Month.ToString(), hold.Reason, now, by.Key)) : Results.NoContent();
    }

    private static async Task<Outcome<Change>> ReadAsync(HttpContext http)
    {
        if ((await JsonBody.ReadAsync(http.Request, mayBeEmpty: false, http.RequestAborted)).IsRefused(out var body, out var problem)) return problem;
        body.Required("month");
        body.Required("reason");
        var (month, reason) = (body.Text("month"), body.Text("reason"));
        if ((body.End() ?? OperatorReason.Fault(reason)) is { } fault) return fault;
        return LogMonth.TryParse(month, out var of) ? new Change(of, reason!) : Problem.Invalid("'month' is a month such as 2026-11.", "/month");
    }

    private static async Task<IReadOnlyList<Hold>> ListAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select month, reason, placed_at, placed_by from audit_hold order by month");
        var holds = new List<Hold>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) holds.Add(new Hold(reader.GetString(0), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetString(3)));
        return holds;
    }
}
