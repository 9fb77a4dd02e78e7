using System.CommandLine;

namespace IdJagBroker.Hosting;

/// <summary><c>idjag serve</c>: the stateless service. What it does not know of its arguments is configuration.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var command = new Command("serve", "Runs the broker. Configuration: appsettings.json, environment, --Section:Name=value.") { TreatUnmatchedTokensAsErrors = false };
        command.SetAction(async (parsed, ct) =>
        {
            await using var app = await BrokerApplication.CreateAsync([.. parsed.UnmatchedTokens], ct);
            await app.RunAsync(ct);
        });
        return command;
    }
}
