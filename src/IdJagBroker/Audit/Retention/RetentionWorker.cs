using IdJagBroker.Audit.Sequencing;
using Microsoft.Extensions.Options;

namespace IdJagBroker.Audit.Retention;

/// <summary>Looks once an hour, where the log is sequenced, whether a month is old enough to be archived.</summary>
internal sealed partial class RetentionWorker(RetentionWork work, Sequencer sequencer, IOptions<RetentionOptions> options, TimeProvider clock, ILogger<RetentionWorker> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.Archive.Length is 0) return;
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (!sequencer.IsLeading) continue;
            try
            {
                foreach (var step in await work.TurnAsync(stoppingToken))
                {
                    if (step.IsTrouble) Trouble(step.Sentence);
                    else Done(step.Sentence);
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)       // whatever is away comes back within the hour
            {
                NotDone(e);
            }
        }
    }

    [LoggerMessage(1051, LogLevel.Information, "{Sentence}")]
    private partial void Done(string sentence);

    [LoggerMessage(1052, LogLevel.Error, "{Sentence}")]
    private partial void Trouble(string sentence);

    [LoggerMessage(1053, LogLevel.Error, "Old months of the log could not be archived; it is tried again in an hour")]
    private partial void NotDone(Exception exception);
}
