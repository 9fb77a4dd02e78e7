using IdJagBroker.Hosting;
using Microsoft.Extensions.Options;

namespace IdJagBroker.Audit.Api;

/// <summary>Bounds the answers that go on for long: each holds a batch of lines in memory and, now and then, a connection.</summary>
internal sealed class OpenReadings(IOptions<AuditOptions> options)
{
    private int _open;

    /// <summary>A place, which is given back when it is disposed of. Refuses with 503 when all are taken.</summary>
    public Outcome<Place> Take(HttpContext http)
    {
        if (Interlocked.Increment(ref _open) <= options.Value.MaxStreams) return new Place(this);
        Interlocked.Decrement(ref _open);
        http.Response.Headers.RetryAfter = "10";
        return new Problem(StatusCodes.Status503ServiceUnavailable, "too-many-streams", $"There are {options.Value.MaxStreams} streams open, which is as many as there may be (Audit:MaxStreams).");
    }

    /// <summary>The right to one long answer.</summary>
    internal sealed class Place(OpenReadings all) : IDisposable
    {
        private int _given = 1;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _given, 0) is 1) Interlocked.Decrement(ref all._open);
        }
    }
}
