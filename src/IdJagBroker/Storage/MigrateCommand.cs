using System.CommandLine;
using IdJagBroker.Hosting;
using IdJagBroker.Storage.PrivateCluster;

namespace IdJagBroker.Storage;

/// <summary><c>idjag db migrate</c>: brings the database to this version's schema. The service itself never does.</summary>
internal static class MigrateCommand
{
    public static Command Create()
    {
        var migrate = new Command("migrate", "Applies the migrations that are missing.") { TreatUnmatchedTokensAsErrors = false };
        migrate.SetAction(async (parsed, ct) => await MigrateAsync([.. parsed.UnmatchedTokens], ct));
        return new Command("db", "The database.") { migrate, GrantCommand.Create() };
    }

    private static async Task<int> MigrateAsync(string[] args, CancellationToken ct)
    {
        var builder = Host.CreateApplicationBuilder(args);
        var connectionString = builder.Configuration["Database:ConnectionString"];
        if (string.IsNullOrEmpty(connectionString) && !builder.Environment.IsDevelopment())
            throw new StartupFailedException("Give Database:ConnectionString (Database__ConnectionString in the environment).");

        await using var cluster = string.IsNullOrEmpty(connectionString)
            ? await PrivatePostgres.StartAsync(new PrivatePostgresOptions { Directory = Path.Combine(DevelopmentState.DirectoryOf(builder.Configuration), "pg") }, ct)
            : null;
        var applied = await DatabaseSetup.MigrateAsync(cluster?.ConnectionString ?? connectionString!, ct);
        Console.WriteLine(applied.Count is 0 ? "The database is up to date." : $"Applied: {string.Join(", ", applied)}");
        return 0;
    }
}
