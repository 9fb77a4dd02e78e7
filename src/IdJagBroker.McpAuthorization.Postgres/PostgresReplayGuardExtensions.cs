using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace IdJagBroker.McpAuthorization.Postgres;

/// <summary>Shares the memory of what was used between replicas.</summary>
public static class PostgresReplayGuardExtensions
{
    /// <summary>
    /// Counts uses in PostgreSQL, by the <see cref="NpgsqlDataSource"/> that your application has registered. The table has to be there:
    /// <see cref="PostgresReplayGuard.CreateTableAsync"/>, or <c>uses.sql</c>. Expired rows are deleted in the background.
    /// </summary>
    public static IdJagAuthorizationServerBuilder UsePostgresReplayGuard(this IdJagAuthorizationServerBuilder server) =>
        server.Use(provider => provider.GetRequiredService<NpgsqlDataSource>());

    /// <summary>The same with a data source of its own, which is disposed of with the application.</summary>
    public static IdJagAuthorizationServerBuilder UsePostgresReplayGuard(this IdJagAuthorizationServerBuilder server, string connectionString)
    {
        server.Services.AddKeyedSingleton(typeof(PostgresReplayGuard), (_, _) => NpgsqlDataSource.Create(connectionString));
        return server.Use(provider => provider.GetRequiredKeyedService<NpgsqlDataSource>(typeof(PostgresReplayGuard)));
    }

    private static IdJagAuthorizationServerBuilder Use(this IdJagAuthorizationServerBuilder server, Func<IServiceProvider, NpgsqlDataSource> database)
    {
        server.Services.TryAddSingleton(TimeProvider.System);
        server.Services.AddSingleton(provider => new PostgresReplayGuard(database(provider), provider.GetRequiredService<TimeProvider>()));
        server.Services.Replace(ServiceDescriptor.Singleton<IReplayGuard>(provider => provider.GetRequiredService<PostgresReplayGuard>()));
        return server.ForgetsWhatExpired<PostgresReplayGuard>();
    }
}
