using System.Globalization;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Storage;
using Microsoft.Extensions.Primitives;

namespace IdJagBroker.Audit.Api;

/// <summary>
/// <c>GET /admin/v1/audit/events/stream</c>: events as they are placed in the log (server-sent events), after the one that
/// <c>Last-Event-ID</c> names, or since <c>from</c>, or from now on. What was read is never read again, and nothing is passed over but what
/// the filter leaves out.
/// </summary>
internal sealed class StreamEvents(
    LogReader log, LogDatabase database, ActivePolicy policy, LogWatch watch, ReadRecord record, OpenReadings readings, LogOrigin origin, IHostApplicationLifetime life, TimeProvider clock)
{
    /// <summary>The longest silence: proxies end what says nothing.</summary>
    public static readonly TimeSpan HeartbeatEvery = TimeSpan.FromSeconds(15);

    /// <summary>After that a stream ends, and whoever may still read opens the next where it ended.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    private const int StepRows = 2_000;

    private static readonly string[] Others = ["last_event_id", "format"];

    public static void Map(IEndpointRouteBuilder audit) => audit.MapGet("/events/stream", (HttpContext http, StreamEvents stream) => stream.HandleAsync(http));

    private async Task<IResult> HandleAsync(HttpContext http)
    {
        var query = http.Request.Query;
        if (EventFilter.Parse(query, Others, clock.GetUtcNow()).IsRefused(out var filter, out var problem)) return problem.ToResult();
        if (filter.To is not null) return Problem.InvalidParameter("A stream has no end: leave out 'to'.", "to", 1).ToResult();
        if (query["format"] is { Count: > 0 } format && format is not ["cloudevents" or "line"]) return Problem.InvalidParameter("format is line or cloudevents.", "format", 1).ToResult();
        if (readings.Take(http).IsRefused(out var place, out problem)) return problem.ToResult();
        using var _ = place;
        if ((await BeginAsync(http, filter)).IsRefused(out var start, out problem)) return problem.ToResult();

        using var age = new CancellationTokenSource(Longest, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, life.ApplicationStopping, age.Token);
        var resolved = await ResolvedFilter.OfAsync(filter, database, policy.Current.Catalog, http.RequestAborted);
        var name = query["format"] is ["cloudevents"] ? "cloudevents" : "sse";
        await record.WriteAsync(http, "stream", name, 0, record.Of(resolved, newest: false), "begin");
        var answer = new EventStream(http, query["format"] is ["cloudevents"] ? origin : null);
        try
        {
            await FollowAsync(answer, filter, start.Position, either.Token);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // The reader left, the service stops, or the stream is old: all three open the next where this one ended.
        }
        finally
        {
            await record.WriteAsync(http, "stream", name, answer.Events, record.Of(resolved, newest: false), "end");
        }
        return Results.Empty;
    }

    private async Task FollowAsync(EventStream answer, EventFilter filter, LogPosition position, CancellationToken ct)
    {
        await answer.BeginAsync(ct);
        var said = clock.GetTimestamp();
        while (true)
        {
            var growth = watch.Growth;
            var end = await log.EndAsync(ct);
            // After the end was read: a person or a type may be new, and is known before the first event of it.
            var resolved = end.Size - 1 > position.Seq ? await ResolvedFilter.OfAsync(filter, database, policy.Current.Catalog, ct) : new ResolvedFilter(filter);
            while (end.Size - 1 > position.Seq)
            {
                // Of a few events each is looked at. Far behind, an index may know better: only what matches, and then all up to the end was seen.
                var leaps = end.Size - position.Seq > 2 * StepRows && EventQuery.IsSelective(resolved);
                var slice = new LogSlice(Newest: false, position, end.Size, leaps ? EventWriter.BatchRows : StepRows);
                var rows = await log.ReadAsync(leaps ? Leap(resolved, slice) : EventQuery.Step(resolved, slice), ct);
                position = rows.Count < slice.Limit ? end.Position : rows[^1].Position;
                if (await answer.WriteAsync(rows, ct)) said = clock.GetTimestamp();
            }
            var quiet = HeartbeatEvery - clock.GetElapsedTime(said);
            if (quiet > TimeSpan.Zero)
            {
                using var rest = CancellationTokenSource.CreateLinkedTokenSource(ct);
                await Task.WhenAny(growth, Task.Delay(quiet, clock, rest.Token));
                await rest.CancelAsync();
                ct.ThrowIfCancellationRequested();
            }
            else
            {
                await answer.HeartbeatAsync(position.Seq, ct);
                said = clock.GetTimestamp();
            }
        }
    }

    private Npgsql.NpgsqlCommand Leap(ResolvedFilter resolved, LogSlice slice) =>
        EventQuery.Of(resolved, slice, clock.GetUtcNow()).IsRefused(out var command, out var refusal) ? throw new InvalidOperationException(refusal.Title) : command;

    // The header is what a browser sends when it comes back, so it counts before what is in the address.
    private async Task<Outcome<Start>> BeginAsync(HttpContext http, EventFilter filter)
    {
        var end = await log.EndAsync(http.RequestAborted);
        var given = http.Request.Headers["Last-Event-ID"] is { Count: > 0 } header ? header : http.Request.Query["last_event_id"];
        if (StringValues.IsNullOrEmpty(given)) return new Start(filter.From is null ? end.Position : LogPosition.Beginning);
        if (given is not [{ } text] || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seq) || seq >= end.Size)
            return Problem.InvalidParameter("The last event's id is the number of an event of this log.", "last_event_id", 1);
        return await log.FindAsync(seq, http.RequestAborted) is { } last
            ? new Start(last.Position)
            : new Problem(StatusCodes.Status410Gone, "gone", "That event is not kept here any more; begin with from.");
    }

    private sealed record Start(LogPosition Position);
}
