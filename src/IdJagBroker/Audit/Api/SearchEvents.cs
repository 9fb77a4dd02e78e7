using System.Globalization;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Storage;
using Npgsql;

namespace IdJagBroker.Audit.Api;

/// <summary>
/// <c>GET /admin/v1/audit/events</c>: pages by key, newest first or oldest first, never counted and never skipped to; or, as lines or as a
/// table and without <c>limit</c>, all that is asked for in one answer. Events are passed on as they are kept.
/// </summary>
internal sealed class SearchEvents(
    LogReader log, LogDatabase database, ActivePolicy policy, PageCursors cursors, ReadRecord record, OpenReadings readings, TimeProvider clock)
{
    public const int MaxRows = 1_000;

    private const int DefaultRows = 100;

    private static readonly string[] Others = ["limit", "order", "cursor", "follow"];

    public static void Map(IEndpointRouteBuilder audit) =>
        audit.MapGet("/events", (HttpContext http, SearchEvents search) => search.HandleAsync(http));

    private async Task<IResult> HandleAsync(HttpContext http)
    {
        var ct = http.RequestAborted;
        if (EventFormat.Of(http.Request).IsRefused(out var format, out var problem)) return problem.ToResult();
        if (Read(http.Request.Query).IsRefused(out var asked, out problem)) return problem.ToResult();
        if (asked.Cursor is null && !asked.Follows) await log.CatchUpAsync(ct);
        var end = await log.EndAsync(ct);       // first: then whatever the filter stands for is known for every event up to there
        var resolved = await ResolvedFilter.OfAsync(asked.Filter, database, policy.Current.Catalog, ct);
        return format != EventFormat.Json && http.Request.Query["limit"].Count is 0
            ? await WholeAsync(http, asked, resolved, end, format)
            : await PageAsync(http, asked, resolved, end, format);
    }

    private async Task<IResult> PageAsync(HttpContext http, Question asked, ResolvedFilter resolved, LogEnd end, EventFormat format)
    {
        // Of a question that ends, all pages see the log as the first saw it.
        var size = asked.Cursor is { Size: > 0 } and { Size: var first } ? first : end.Size;
        var slice = new LogSlice(asked.Newest, asked.Cursor?.After, size, asked.Limit + 1);
        if (EventQuery.Of(resolved, slice, clock.GetUtcNow()).IsRefused(out var command, out var problem)) return problem.ToResult();
        var rows = await log.ReadAsync(command, http.RequestAborted);

        var more = rows.Count > asked.Limit;
        if (more) rows.RemoveAt(rows.Count - 1);
        // Whoever follows has seen everything up to the log's end, whether or not it was for them.
        LogPosition? after = more ? rows[^1].Position : asked.Follows ? Later(end.Position, asked.Cursor?.After) : null;
        var next = after is { } position ? cursors.Write(new PageCursor(position, asked.Follows ? 0 : size, asked.Filter.From, asked.Filter.To), asked.Text) : null;
        if (rows.Count > 0) await record.WriteAsync(http, "search", format.Name, rows.Count, record.Of(resolved, asked.Newest));
        if (next is not null) http.Response.Headers.Link = $"<{NextPage(http.Request, next)}>; rel=\"next\"";
        await EventWriter.PageAsync(http, format, rows, next);
        return Results.Empty;
    }

    private async Task<IResult> WholeAsync(HttpContext http, Question asked, ResolvedFilter resolved, LogEnd end, EventFormat format)
    {
        if (readings.Take(http).IsRefused(out var place, out var problem)) return problem.ToResult();
        using var _ = place;
        var (now, slice) = (clock.GetUtcNow(), new LogSlice(asked.Newest, asked.Cursor?.After, end.Size, EventWriter.BatchRows));
        if (EventQuery.Of(resolved, slice, now).IsRefused(out var command, out problem)) return problem.ToResult();
        var rows = await log.ReadAsync(command, http.RequestAborted);
        if (rows.Count is 0)
        {
            await EventWriter.PageAsync(http, format, rows, next: null);
            return Results.Empty;
        }

        await record.WriteAsync(http, "search", format.Name, 0, record.Of(resolved, asked.Newest), "begin");
        long given = 0;
        try
        {
            EventWriter.Begin(http, format);
            if (format == EventFormat.Csv) await EventWriter.HeaderAsync(http);
            while (rows.Count > 0)
            {
                await EventWriter.LinesAsync(http, format, rows);
                given += rows.Count;
                rows = rows.Count < slice.Limit ? [] : await log.ReadAsync(Rest(rows[^1].Position), http.RequestAborted);
            }
        }
        finally
        {
            await record.WriteAsync(http, "search", format.Name, given, record.Of(resolved, asked.Newest), "end");
        }
        return Results.Empty;

        // What was allowed for the whole is allowed for its rest, which is smaller.
        NpgsqlCommand Rest(LogPosition after) =>
            EventQuery.Of(resolved, slice with { After = after }, now).IsRefused(out var rest, out var refusal) ? throw new InvalidOperationException(refusal.Title) : rest;
    }

    private Outcome<Question> Read(IQueryCollection query)
    {
        if (EventFilter.Parse(query, Others, clock.GetUtcNow()).IsRefused(out var filter, out var problem)) return problem;
        if (QueryNumber.Read(query, "limit", 1, MaxRows, DefaultRows, out var limit) is { } fault) return fault;
        if (query["follow"] is { Count: > 0 } following && following is not ["true"]) return Problem.InvalidParameter("follow is true, or is not there.", "follow", 1);
        if (query["order"] is { Count: > 0 } order && order is not ["asc" or "desc"]) return Problem.InvalidParameter("order is asc or desc.", "order", 1);
        var newest = query["order"] is ["desc"] || (query["order"].Count is 0 && query["follow"].Count is 0);
        if (query["follow"].Count > 0 && newest) return Problem.InvalidParameter("Who follows reads the oldest first: order=asc.", "order", 1);
        if (query["follow"].Count > 0 && filter.To is not null) return Problem.InvalidParameter("Who follows has no end: leave out 'to'.", "to", 1);

        var question = new Question(filter, newest, Follows: !newest && filter.To is null, (int)limit, PageCursors.Question(query, newest), null);
        if (query["cursor"].Count is 0) return question;
        if (query["cursor"] is not [{ } text] || cursors.Read(text, question.Text) is not { } cursor)
            return Problem.InvalidParameter("The cursor is not one of this search: it goes with the filter and the order that it was given for.", "cursor", 1);
        return question with { Filter = filter.At(cursor.From, cursor.To), Cursor = cursor };
    }

    private static LogPosition Later(LogPosition end, LogPosition? after) => after is { } known && known.Seq > end.Seq ? known : end;

    private static string NextPage(HttpRequest request, string cursor) => request.PathBase + request.Path + QueryString.Create(
        request.Query.Where(pair => pair.Key is not "cursor").SelectMany(pair => pair.Value, (pair, value) => KeyValuePair.Create(pair.Key, value))
            .Append(KeyValuePair.Create("cursor", (string?)cursor))).ToString();

    /// <param name="Text">What decides which events come, in one spelling.</param>
    /// <param name="Follows">Whether it never ends.</param>
    private sealed record Question(EventFilter Filter, bool Newest, bool Follows, int Limit, string Text, PageCursor? Cursor);
}
