using IdJagBroker.Audit.Checkpoints;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Hosting;
using Microsoft.Extensions.Options;

namespace IdJagBroker.Audit.Api;

/// <summary>
/// <c>GET /admin/v1/audit/events/{id}/proof</c>: that the event is in the log, as a file for whoever holds its line and the log's public key
/// (C2SP tlog-proof@v1). An event that no checkpoint covers yet waits for the next.
/// </summary>
internal static class GetProof
{
    public static void Map(IEndpointRouteBuilder audit) =>
        audit.MapGet("/events/{id}/proof", async (HttpContext http, string id, LogReader log, CheckpointTable checkpoints, TileTable tiles, IOptions<CheckpointOptions> options) =>
        {
            var ct = http.RequestAborted;
            await log.CatchUpAsync(ct);
            if (await EventName.FindAsync(log, id, ct) is not { } found) return GetEvent.NoSuchEvent.ToResult();
            if (await checkpoints.LatestAsync(ct) is not { } latest || latest.Size <= found.Seq)
            {
                http.Response.Headers.RetryAfter = Math.Ceiling(options.Value.Every.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
                return new Problem(StatusCodes.Status409Conflict, "no-checkpoint-yet", "No checkpoint covers the event yet; the next one will.").ToResult();
            }
            var read = await tiles.ReadAsync(TreeProof.TilesForInclusion(found.Seq, latest.Size), ct);
            var path = TreeProof.Inclusion(found.Seq, latest.Size, tile => read.TryGetValue((tile.Level, tile.Index), out var hashes) ? hashes : null);
            return Results.Text(new TlogProof(found.Seq, path, latest.Note).ToText(), "text/plain");
        });
}
