using System.Diagnostics;
using System.Diagnostics.Metrics;
using MediatR;

namespace IdJagBroker.Hosting;

/// <summary>A span and a duration for each command. Neither holds a subject, a <c>jti</c>, or anything that a client sent.</summary>
internal sealed class Tracing<TRequest, TResponse>(TimeProvider clock) : IPipelineBehavior<TRequest, TResponse> where TRequest : notnull
{
    private static readonly ActivitySource Source = new("IdJagBroker");
    private static readonly Meter Meter = new("IdJagBroker");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("broker.command.duration", "s", "How long a command took.");

    public async Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        using var span = Source.StartActivity(typeof(TRequest).Name);
        var started = clock.GetTimestamp();
        try
        {
            return await next();
        }
        finally
        {
            Duration.Record(clock.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>("command", typeof(TRequest).Name));
        }
    }
}
