using System.Globalization;
using IdJagBroker.Hosting;
using Microsoft.Net.Http.Headers;

namespace IdJagBroker.Audit.Api;

/// <summary>How events are given: each line as it is, but for tables.</summary>
/// <param name="Name">For the log.</param>
/// <param name="MediaType">Of the answer.</param>
internal sealed record EventFormat(string Name, string MediaType)
{
    /// <summary>One object with the lines in an array.</summary>
    public static readonly EventFormat Json = new("json", "application/json");

    /// <summary>A line an event.</summary>
    public static readonly EventFormat Ndjson = new("ndjson", "application/x-ndjson");

    /// <summary>For spreadsheets.</summary>
    public static readonly EventFormat Csv = new("csv", "text/csv");

    private static readonly EventFormat[] All = [Json, Ndjson, Csv];

    /// <summary>The one that is liked best (RFC 9110 §12.5.1), JSON among equals. Refuses with 406.</summary>
    public static Outcome<EventFormat> Of(HttpRequest request)
    {
        if (request.Headers.Accept.Count is 0) return Json;
        if (!MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted)) return Problem.Invalid("Accept cannot be read.");
        var best = All.Select(format => (Format: format, Liking: Liking(format, accepted))).MaxBy(rated => rated.Liking);
        return best.Liking > 0 ? best.Format : new Problem(StatusCodes.Status406NotAcceptable, "not-acceptable", "Events are given as application/json, application/x-ndjson and text/csv.");
    }

    // Of all ranges that a format is in, the most specific says how much it is liked.
    private static double Liking(EventFormat format, IList<MediaTypeHeaderValue> accepted) =>
        accepted.Where(range => new MediaTypeHeaderValue(format.MediaType).IsSubsetOf(range))
            .OrderByDescending(range => range.MatchesAllTypes ? 0 : range.MatchesAllSubTypes ? 1 : 2)
            .Select(range => range.Quality ?? 1).FirstOrDefault(0);
}

/// <summary>A number between bounds, from a query.</summary>
internal static class QueryNumber
{
    /// <summary>Reads one that may be missing. Refuses with 400.</summary>
    public static Problem? Read(IQueryCollection query, string name, long least, long most, long otherwise, out long number)
    {
        number = otherwise;
        if (query[name] is not { Count: > 0 } given) return null;
        return given is [{ } text] && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= least && number <= most
            ? null
            : Problem.InvalidParameter($"{name} is a number from {least} to {most}, once.", name, 1);
    }
}
