using System.CommandLine;
using IdJagBroker.Hosting;

namespace IdJagBroker.Storage;

/// <summary><c>idjag db grant</c>: gives the service's roles what they need, and nothing more.</summary>
internal static class GrantCommand
{
    public static Command Create()
    {
        var service = new Option<string>("--service") { Description = "The role of Database:ConnectionString.", Required = true };
        var sequencer = new Option<string>("--sequencer") { Description = "The role of Database:Sequencer, which alone writes the log proper.", Required = true };
        var retention = new Option<string?>("--retention") { Description = "The role of Database:Retention, which may have archived months of the log taken away." };
        var grant = new Command("grant", "Grants each role what it needs, and nothing more. Run it as the owner of the tables, after each migration.") { service, sequencer, retention };
        grant.TreatUnmatchedTokensAsErrors = false;
        grant.SetAction(async (parsed, ct) =>
        {
            var configuration = Host.CreateApplicationBuilder([.. parsed.UnmatchedTokens]).Configuration;
            if (configuration["Database:ConnectionString"] is not { Length: > 0 } connectionString)
                throw new StartupFailedException("Give Database:ConnectionString (Database__ConnectionString in the environment), of the tables' owner.");
            await Grants.GrantAsync(connectionString, parsed.GetRequiredValue(service), parsed.GetRequiredValue(sequencer), parsed.GetValue(retention), ct);
            Console.WriteLine("Granted.");
            return 0;
        });
        return grant;
    }
}
