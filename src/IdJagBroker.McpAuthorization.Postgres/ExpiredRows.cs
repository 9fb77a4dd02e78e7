using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace IdJagBroker.McpAuthorization.Postgres;

/// <summary>
/// Deletes what has expired, a little at a time and all the time, so that the tables stay as small as what is in use, and the vacuum has as little to do as
/// it can. A round that fails is one that the next makes up for.
/// </summary>
internal sealed partial class ExpiredRows(IEnumerable<IExpiringRows> tables, TimeProvider clock, ILogger<ExpiredRows> logger) : BackgroundService
{
    /// <summary>The time between two rounds; less up to a second at random, so that replicas that started together do not come together.</summary>
    public static readonly TimeSpan Each = TimeSpan.FromSeconds(10);

    /// <summary>The most statements of one round for one table: what 100 redemptions a millisecond would leave behind.</summary>
    public const int MostStatements = 1000;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(Each - TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(1000)), clock, stoppingToken);
                await DeleteAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                NotDeleted(logger, e.GetType().Name, e.Message);
            }
        }
    }

    /// <summary>One round; returns how many rows went.</summary>
    public async Task<int> DeleteAsync(CancellationToken ct)
    {
        var all = 0;
        foreach (var table in tables)
        {
            for (var i = 0; i < MostStatements; i++)
            {
                var deleted = await table.DeleteExpiredAsync(ct);
                all += deleted;
                if (deleted < PostgresReplayGuard.DeletedAtOnce) break;
            }
        }
        return all;
    }

    [LoggerMessage(1201, LogLevel.Warning, "Expired rows could not be deleted: {Failure} {Detail}; they are tried again")]
    private static partial void NotDeleted(ILogger logger, string failure, string detail);
}

/// <summary>Has expired rows deleted in the background, whichever tables there are.</summary>
internal static class ExpiredRowsExtensions
{
    public static IdJagAuthorizationServerBuilder ForgetsWhatExpired<T>(this IdJagAuthorizationServerBuilder server) where T : class, IExpiringRows
    {
        server.Services.AddSingleton<IExpiringRows>(provider => provider.GetRequiredService<T>());
        server.Services.AddHostedService<ExpiredRows>();
        return server;
    }
}
