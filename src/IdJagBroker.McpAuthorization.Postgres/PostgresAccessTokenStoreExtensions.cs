using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace IdJagBroker.McpAuthorization.Postgres;

/// <summary>Shares the records of access tokens between replicas.</summary>
public static class PostgresAccessTokenStoreExtensions
{
    /// <summary>
    /// Records access tokens in PostgreSQL, by the <see cref="NpgsqlDataSource"/> that your application has registered, where <see cref="IdJagAuthorizationServerOptions.RecordAccessTokens"/> or
    /// opaque tokens are asked for. The tables have to be there: <see cref="PostgresAccessTokenStore.CreateTablesAsync"/>, or <c>access_tokens.sql</c>. Expired rows are deleted in the background.
    /// </summary>
    public static IdJagAuthorizationServerBuilder UsePostgresAccessTokenStore(this IdJagAuthorizationServerBuilder server) =>
        server.Use(provider => provider.GetRequiredService<NpgsqlDataSource>());

    /// <summary>The same with a data source of its own, which is disposed of with the application.</summary>
    public static IdJagAuthorizationServerBuilder UsePostgresAccessTokenStore(this IdJagAuthorizationServerBuilder server, string connectionString)
    {
        server.Services.AddKeyedSingleton(typeof(PostgresAccessTokenStore), (_, _) => NpgsqlDataSource.Create(connectionString));
        return server.Use(provider => provider.GetRequiredKeyedService<NpgsqlDataSource>(typeof(PostgresAccessTokenStore)));
    }

    private static IdJagAuthorizationServerBuilder Use(this IdJagAuthorizationServerBuilder server, Func<IServiceProvider, NpgsqlDataSource> database)
    {
        server.Services.TryAddSingleton(TimeProvider.System);
        server.Services.AddSingleton(provider => new PostgresAccessTokenStore(database(provider), provider.GetRequiredService<TimeProvider>()));
        server.Services.Replace(ServiceDescriptor.Singleton<IAccessTokenStore>(provider => provider.GetRequiredService<PostgresAccessTokenStore>()));
        return server.ForgetsWhatExpired<PostgresAccessTokenStore>();
    }
}
