namespace IdJagBroker.Demo.Walk;

/// <summary>One request and its answer, as they crossed the wire.</summary>
internal sealed record Leg(HttpMethod Method, Uri Url, string? Authorization, string RequestBody, int Status, string? Challenge, string ResponseBody);

/// <summary>Keeps what the official SDK sends and gets, so that the walk can show the real thing.</summary>
internal sealed class WireTap() : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
{
    private readonly List<Leg> _legs = [];

    /// <summary>The last request to a path that ends so.</summary>
    /// <exception cref="WalkFailedException">There was none.</exception>
    public Leg Last(string path)
    {
        lock (_legs)
            return _legs.FindLast(leg => leg.Url.AbsolutePath.EndsWith(path, StringComparison.Ordinal)) ?? throw new WalkFailedException($"No request to {path} was made.");
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var sent = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        var response = await base.SendAsync(request, cancellationToken);
        // A stream of events has no end to wait for.
        var isStream = response.Content.Headers.ContentType?.MediaType is "text/event-stream";
        if (!isStream) await response.Content.LoadIntoBufferAsync(cancellationToken);
        var received = isStream ? "" : await response.Content.ReadAsStringAsync(cancellationToken);
        lock (_legs)
            _legs.Add(new Leg(request.Method, request.RequestUri!, request.Headers.Authorization?.ToString(), sent, (int)response.StatusCode, response.Headers.WwwAuthenticate.FirstOrDefault()?.ToString(), received));
        return response;
    }
}
