using System.Buffers;
using System.Globalization;
using System.Text;
using IdJagBroker.Audit.Mapping;

namespace IdJagBroker.Audit.Api;

/// <summary>An answer of server-sent events (HTML §9.2). Waits for a reader that is slow, and holds no more than one batch for it.</summary>
/// <param name="http">The request.</param>
/// <param name="envelopes">The log, if its events go in the envelope of CloudEvents.</param>
internal sealed class EventStream(HttpContext http, LogOrigin? envelopes)
{
    /// <summary>How many events were sent.</summary>
    public long Events { get; private set; }

    /// <summary>Sends the headers, and how soon to come back.</summary>
    public async Task BeginAsync(CancellationToken ct)
    {
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers["X-Accel-Buffering"] = "no";
        await SayAsync("retry: 1000\n\n", ct);
    }

    /// <summary>Sends those that have a line; tells whether there were any.</summary>
    public async Task<bool> WriteAsync(IEnumerable<EventRow> rows, CancellationToken ct)
    {
        var before = Events;
        foreach (var row in rows.Where(row => !row.Line.IsEmpty))
        {
            Say(string.Create(CultureInfo.InvariantCulture, $"id: {row.Seq}\nevent: {row.Type}\ndata: "));
            if (envelopes is not null && EventColumns.TryRead(row.Line.Span, out var columns)) CloudEvent.Of(columns, envelopes).Write(row.Line.Span, http.Response.BodyWriter);
            else http.Response.BodyWriter.Write(row.Line.Span);
            Say("\n\n");
            if (++Events % EventWriter.BatchRows is 0) await http.Response.BodyWriter.FlushAsync(ct);
        }
        if (Events == before) return false;
        await http.Response.BodyWriter.FlushAsync(ct);
        return true;
    }

    /// <summary>A comment, and how far the log was looked through: a reader that comes back need not begin at its last event.</summary>
    public Task HeartbeatAsync(long seq, CancellationToken ct) => SayAsync(seq < 0 ? ": heartbeat\n\n" : string.Create(CultureInfo.InvariantCulture, $": heartbeat\nid: {seq}\n\n"), ct);

    private async Task SayAsync(string text, CancellationToken ct)
    {
        Say(text);
        await http.Response.BodyWriter.FlushAsync(ct);
    }

    private void Say(string text) => http.Response.BodyWriter.Write(Encoding.UTF8.GetBytes(text));
}
