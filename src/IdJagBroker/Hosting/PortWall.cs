namespace IdJagBroker.Hosting;

/// <summary>Marks an endpoint that only the management port serves.</summary>
internal sealed class ManagementOnly;

/// <summary>
/// Keeps the two ports apart by the socket's own port: no Host header opens the management side to the public one, and the public
/// endpoints are not on the management port either.
/// </summary>
internal sealed class PortWall(RequestDelegate next, BrokerSettings settings)
{
    public Task InvokeAsync(HttpContext http)
    {
        var isManagement = http.GetEndpoint()?.Metadata.GetMetadata<ManagementOnly>() is not null;
        if (isManagement != (http.Connection.LocalPort == settings.ManagementUrl.Port)) http.SetEndpoint(null);     // so: 404
        return next(http);
    }
}
