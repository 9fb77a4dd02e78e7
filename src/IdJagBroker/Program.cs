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
