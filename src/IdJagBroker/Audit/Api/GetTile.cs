using IdJagBroker.Audit.Proof;
using IdJagBroker.Hosting;

namespace IdJagBroker.Audit.Api;

/// <summary>
/// <c>GET /admin/v1/audit/tiles/tile/{L}/{N}[.p/{W}]</c> and <c>…/tiles/checkpoint</c>: the tree as a client of C2SP tlog-tiles reads it. A
/// tile of a width, once there, is the same for ever.
/// </summary>
internal static class GetTile
{
    private static readonly Problem NoSuchTile = new(StatusCodes.Status404NotFound, "no-such-tile", "The log's tree has no such tile.");

    public static void Map(IEndpointRouteBuilder audit)
    {
        audit.MapGet("/tiles/checkpoint", async (HttpContext http, CheckpointTable checkpoints) => GetCheckpoints.Note(await checkpoints.LatestAsync(http.RequestAborted)));
        audit.MapGet("/tiles/{**path}", async (HttpContext http, string path, TileTable tiles) =>
        {
            if (!TileId.TryParsePath(path, out var tile)) return NoSuchTile.ToResult();
            var read = await tiles.ReadAsync([tile], http.RequestAborted);
            var bytes = tile.Width * TreeHash.Bytes;
            if (!read.TryGetValue((tile.Level, tile.Index), out var hashes) || hashes.Length < bytes) return NoSuchTile.ToResult();
            GetCheckpoints.Immutable(http);
            return Results.Bytes(hashes[..bytes], "application/octet-stream");
        });
    }
}
