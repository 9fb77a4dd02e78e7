using System.CommandLine;
using IdJagBroker.Hosting;

namespace IdJagBroker.Clients;

/// <summary>
/// <c>idjag secret key | new | hash</c>: makes the server-side key, a client's secret with the hash that the catalogue holds, or the
/// hash of a secret that exists. A secret to hash comes from standard input: arguments are seen by every process.
/// </summary>
internal static class SecretCommand
{
    public static Command Create()
    {
        var key = new Command("key", "Prints a new server-side key for Clients:SecretKey.");
        key.SetAction(_ => Console.WriteLine(ClientSecretHash.NewSecret()));

        var make = new Command("new", "Prints a new secret, and its hash for the catalogue.") { TreatUnmatchedTokensAsErrors = false };
        make.SetAction(parsed =>
        {
            var secret = ClientSecretHash.NewSecret();
            var hash = Hasher(parsed).Hash(secret);       // before anything is printed: a secret without its hash is of no use
            Console.WriteLine($"secret: {secret}");
            Console.WriteLine($"hash:   {hash}");
        });

        var hashCommand = new Command("hash", "Reads a secret from standard input and prints its hash.") { TreatUnmatchedTokensAsErrors = false };
        hashCommand.SetAction(parsed =>
        {
            var secret = Console.In.ReadLine() ?? "";
            if (secret.Length is < ClientSecretHash.MinSecretChars or > ClientSecretHash.MaxSecretChars)
                throw new StartupFailedException($"A secret has {ClientSecretHash.MinSecretChars} to {ClientSecretHash.MaxSecretChars} characters.");
            Console.WriteLine(Hasher(parsed).Hash(secret));
        });
        return new Command("secret", "Client secrets and the management token.") { key, make, hashCommand };
    }

    private static ClientSecretHash Hasher(ParseResult parsed)
    {
        var builder = Host.CreateApplicationBuilder([.. parsed.UnmatchedTokens]);
        var key = builder.Configuration["Clients:SecretKey"];
        if (string.IsNullOrEmpty(key) && builder.Environment.IsDevelopment()) key = DevelopmentState.SecretKey(builder.Configuration);
        return new ClientSecretHash(key ?? throw new StartupFailedException("Give Clients:SecretKey (Clients__SecretKey in the environment)."));
    }
}
