using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.Storage;

/// <summary>One pool for everybody, with time limits short enough that a hung database becomes a refusal and not a hung request.</summary>
internal static class DatabaseSetup
{
    /// <summary>The longest that opening a connection or one command may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static IServiceCollection AddDatabase(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<DatabaseOptions>().Bind(configuration.GetSection("Database")).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(provider => CreateDataSource(provider.GetRequiredService<IOptions<DatabaseOptions>>().Value.ConnectionString));
        services.AddSingleton<WriterDatabase>().AddSingleton<SequencerDatabase>().AddSingleton<LogDatabase>().AddSingleton<JobDatabase>();
        services.AddDbContext<BrokerDbContext>((provider, options) => Configure(options, provider.GetRequiredService<NpgsqlDataSource>()));
        return services;
    }

    public static NpgsqlDataSource CreateDataSource(string connectionString) => NpgsqlDataSource.Create(Settings(connectionString));

    /// <summary>A connection string with our limits.</summary>
    public static NpgsqlConnectionStringBuilder Settings(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Timeout = (int)Patience.TotalSeconds,
            CommandTimeout = (int)Patience.TotalSeconds,
            CancellationTimeout = 500,
            ApplicationName = "idjag",
            NoResetOnClose = true,      // nothing here leaves anything in a session that the next user of the connection would meet
        };
        // The few statements of the token path are planned once for each connection. A pooler that cannot have that is told so in the string.
        if (!new DbConnectionStringBuilder { ConnectionString = connectionString }.ContainsKey("Max Auto Prepare")) settings.MaxAutoPrepare = 32;
        return settings;
    }

    public static void Configure(DbContextOptionsBuilder options, NpgsqlDataSource dataSource) => options
        .UseNpgsql(dataSource)
        // There is no generated snapshot to compare with (the Design package does not restore); the drift test compares with the database itself.
        .ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.PendingModelChangesWarning));

    /// <summary>Applies what is missing. An operator's act (<c>idjag db migrate</c>), never a side effect of serving.</summary>
    public static async Task<IReadOnlyList<string>> MigrateAsync(string connectionString, CancellationToken ct)
    {
        await using var dataSource = CreateDataSource(connectionString);
        var options = new DbContextOptionsBuilder<BrokerDbContext>();
        Configure(options, dataSource);
        await using var db = new BrokerDbContext(options.Options);
        var pending = (await db.Database.GetPendingMigrationsAsync(ct)).ToList();
        await db.Database.MigrateAsync(ct);
        return pending;
    }
}
