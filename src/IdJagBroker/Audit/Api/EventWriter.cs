using System.Text;

namespace IdJagBroker.Audit.Api;

/// <summary>Passes lines on as they are kept, in the format that was asked for.</summary>
internal static class EventWriter
{
    /// <summary>The most events in memory of an answer that goes on.</summary>
    public const int BatchRows = 256;

    /// <summary>One page, whole.</summary>
    /// <param name="http">The request.</param>
    /// <param name="format">Of the answer.</param>
    /// <param name="rows">The events.</param>
    /// <param name="next">The cursor of the next page, or null.</param>
    public static async Task PageAsync(HttpContext http, EventFormat format, IReadOnlyList<EventRow> rows, string? next)
    {
        Begin(http, format);
        if (format == EventFormat.Json)
        {
            var body = http.Response.BodyWriter;
            Write(body, "{\"events\":["u8);
            for (var i = 0; i < rows.Count; i++)
            {
                if (i > 0) Write(body, ","u8);
                Write(body, rows[i].Line.Span);
            }
            Write(body, "]"u8);
            if (next is not null) Write(body, Encoding.ASCII.GetBytes($",\"next\":\"{next}\""));
            Write(body, "}"u8);
            await body.FlushAsync(http.RequestAborted);
            return;
        }
        if (format == EventFormat.Csv) await HeaderAsync(http);
        await LinesAsync(http, format, rows);
    }

    /// <summary>Says what follows.</summary>
    public static void Begin(HttpContext http, EventFormat format)
    {
        http.Response.ContentType = format == EventFormat.Csv ? "text/csv; charset=utf-8; header=present" : format.MediaType;
        http.Response.Headers.Vary = "Accept";
        if (format == EventFormat.Csv) http.Response.Headers.ContentDisposition = "attachment; filename=\"audit-events.csv\"";
    }

    /// <summary>The first line of a table.</summary>
    public static async Task HeaderAsync(HttpContext http)
    {
        Write(http.Response.BodyWriter, Encoding.UTF8.GetBytes(EventTableText.Header));
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
    }

    /// <summary>Some events, one a line; waits for a reader that is slow.</summary>
    public static async Task LinesAsync(HttpContext http, EventFormat format, IEnumerable<EventRow> rows)
    {
        foreach (var row in rows)
        {
            if (format == EventFormat.Csv)
            {
                Write(http.Response.BodyWriter, Encoding.UTF8.GetBytes(EventTableText.Row(row.Line)));
            }
            else
            {
                Write(http.Response.BodyWriter, row.Line.Span);
                Write(http.Response.BodyWriter, "\n"u8);
            }
        }
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
    }

    private static void Write(System.IO.Pipelines.PipeWriter body, ReadOnlySpan<byte> bytes) => System.Buffers.BuffersExtensions.Write(body, bytes);
}
