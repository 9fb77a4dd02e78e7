using System.Globalization;
using System.Text.Json.Serialization;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Hosting;

namespace IdJagBroker.Audit.Api;

/// <summary>
/// <c>GET /admin/v1/audit/checkpoints</c>, <c>…/latest</c> and <c>…/{size}</c>: what the log committed to, as a list and as the signed notes
/// themselves (C2SP tlog-checkpoint).
/// </summary>
internal static class GetCheckpoints
{
    private const int MaxRows = 1_000;
    private const int DefaultRows = 100;

    private static readonly Problem NoSuchCheckpoint = new(StatusCodes.Status404NotFound, "no-such-checkpoint", "There is no checkpoint of that size.");

    /// <param name="Next">What to give as <c>before</c> for the next page; absent on the last.</param>
    public sealed record Page(
        [property: JsonPropertyName("checkpoints")] IReadOnlyList<CheckpointRow> Checkpoints,
        [property: JsonPropertyName("next")] long? Next);

    public static void Map(IEndpointRouteBuilder audit)
    {
        audit.MapGet("/checkpoints", ListAsync);
        audit.MapGet("/checkpoints/latest", async (HttpContext http, CheckpointTable checkpoints) => Note(await checkpoints.LatestAsync(http.RequestAborted)));
        audit.MapGet("/checkpoints/{size}", async (HttpContext http, string size, CheckpointTable checkpoints) =>
        {
            if (!Checkpoint.TrySize(size, out var number)) return NoSuchCheckpoint.ToResult();
            var found = await checkpoints.OfSizeAsync(number, http.RequestAborted);
            if (found is not null) Immutable(http);
            return Note(found);
        });
    }

    /// <summary>Lets whoever may see it keep it: it never changes.</summary>
    public static void Immutable(HttpContext http) => http.Response.Headers.CacheControl = "private, max-age=31536000, immutable";

    /// <summary>The signed note, or that there is none.</summary>
    public static IResult Note(CheckpointRow? checkpoint) => checkpoint is null ? NoSuchCheckpoint.ToResult() : Results.Text(checkpoint.Note, "text/plain");

    private static async Task<IResult> ListAsync(HttpContext http, CheckpointTable checkpoints)
    {
        var query = http.Request.Query;
        if (query.Keys.FirstOrDefault(name => name is not ("limit" or "before")) is { } unknown) return EventFilter.Unknown(unknown, ["limit", "before"]).ToResult();
        if (QueryNumber.Read(query, "limit", 1, MaxRows, DefaultRows, out var limit) is { } wrong) return wrong.ToResult();
        if (QueryNumber.Read(query, "before", 1, CanonicalJsonWriter.MaxInteger, long.MaxValue, out var before) is { } fault) return fault.ToResult();
        var rows = await checkpoints.BeforeAsync(before, (int)limit + 1, http.RequestAborted);
        var page = new Page([.. rows.Take((int)limit)], rows.Count > limit ? rows[(int)limit - 1].Size : null);
        if (page.Next is { } next) http.Response.Headers.Link = string.Create(CultureInfo.InvariantCulture, $"<{http.Request.PathBase + http.Request.Path}?limit={limit}&before={next}>; rel=\"next\"");
        return Results.Ok(page);
    }
}
