using System.CommandLine;
using IdJagBroker.Clients;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Storage;
using IdJagBroker.Storage.PrivateCluster;

var idjag = new RootCommand("IdJagBroker: enterprise sign-in to ID-JAGs, under one policy and one audit log.")
{
    ServeCommand.Create(), MigrateCommand.Create(), SecretCommand.Create(), PolicyCommand.Create(),
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
catch (Npgsql.NpgsqlException e)
{
    // The server's own sentence (no such host, no such role, wrong password), never the connection string.
    Console.Error.WriteLine($"The database cannot be used: {(e as Npgsql.PostgresException)?.MessageText ?? e.Message}");
    return 2;
}
