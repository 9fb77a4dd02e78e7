using System.Text.Json.Nodes;
using IdJagBroker.Hosting;

namespace IdJagBroker.Audit.Api;

/// <summary><c>GET /admin/v1/audit/events/{id}</c>: one event by its id or its number, as it is kept: the bytes that the log's tree is over.</summary>
internal static class GetEvent
{
    /// <summary>What there is no event of that name for.</summary>
    public static readonly Problem NoSuchEvent = new(StatusCodes.Status404NotFound, "no-such-event", "The log has no event of that id or number.");

    public static void Map(IEndpointRouteBuilder audit) => audit.MapGet("/events/{id}", async (HttpContext http, string id, LogReader log, ReadRecord record) =>
    {
        await log.CatchUpAsync(http.RequestAborted);
        if (await EventName.FindAsync(log, id, http.RequestAborted) is not { } found) return NoSuchEvent.ToResult();
        await record.WriteAsync(http, "event", "json", 1, new JsonObject { ["seq"] = found.Seq });
        return Results.Bytes(found.Line, "application/json");
    });
}
