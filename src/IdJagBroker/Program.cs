using System.CommandLine;
using IdJagBroker.Audit.Commands;
using IdJagBroker.Clients;
using IdJagBroker.Hosting;
using IdJagBroker.Keys.Control;
using IdJagBroker.Locks;
using IdJagBroker.Policies.Commands;
using IdJagBroker.Probe.Commands;
using IdJagBroker.Storage;
using IdJagBroker.Storage.PrivateCluster;

var idjag = new RootCommand("IdJagBroker: enterprise sign-in to ID-JAGs, under one policy and one audit log.")
{
    ServeCommand.Create(), MigrateCommand.Create(), SecretCommand.Create(), PolicyCommand.Create(), KeysCommand.Create(), LockCommand.Create(), AuditCommand.Create(), ProbeCommand.Create(),
};

try
{
    return await idjag.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (Exception e) when (e is StartupFailedException or PostgresNotFoundException or PrivateClusterException
    or Microsoft.Extensions.Options.OptionsValidationException)
{
    // An operator's mistake is told in words; a stack trace would only hide them.
    Console.Error.WriteLine(e.Message);
    return 2;
}
catch (Exception e) when ((e as Npgsql.NpgsqlException ?? e.InnerException as Npgsql.NpgsqlException) is { } database)     // Entity Framework wraps what passes
{
    // The server's own sentence (no such host, no such role, wrong password), never the connection string.
    Console.Error.WriteLine($"The database cannot be used: {(database as Npgsql.PostgresException)?.MessageText ?? database.Message}");
    return 2;
}
