using IdJagBroker.Demo.EnterpriseIdp.Shapes;

namespace IdJagBroker.Demo.Walk;

/// <summary>How the demonstration runs.</summary>
internal sealed record DemoOptions
{
    /// <summary>The tenant of the Entra shape.</summary>
    public const string EntraTenant = "7d0c1b52-88f4-4c0e-9a55-1f3f7be0c9aa";

    /// <summary>Leaves everything up after the walk and prints the lines to go on by hand.</summary>
    public bool Keep { get; init; }

    /// <summary>Walks through the sign-in at the broker instead of at the enterprise IdP.</summary>
    public bool SignIn { get; init; }

    /// <summary>Which provider the enterprise IdP looks like: its word in the catalogue.</summary>
    public string IdpKind { get; init; } = "okta";

    /// <summary>The assembly of a stand-in vault that keeps the signing keys; null: they are files.</summary>
    public string? Vault { get; init; }

    /// <summary>Where database, keys and policies of the demonstration are kept.</summary>
    public string State { get; init; } = Path.Combine(".idjag", "demo");

    /// <summary>The first of five ports on 127.0.0.1; a port that is taken is replaced by a free one.</summary>
    public int FirstPort { get; init; } = 5400;

    /// <summary>The shape of that word.</summary>
    public IdTokenShape Shape => Shapes[IdpKind];

    /// <summary>The words that <c>--idp</c> takes. Google is not among them: it sends no groups, and this policy is about groups.</summary>
    public static IReadOnlyDictionary<string, IdTokenShape> Shapes { get; } = new Dictionary<string, IdTokenShape>
    {
        ["okta"] = new OktaShape(), ["entra"] = new EntraShape(EntraTenant), ["ping"] = new PingShape(), ["oidc"] = new PlainShape(),
    };

    public const string Usage =
        """
        ./demo.sh [--sign-in] [--keep] [--idp okta|entra|ping|oidc] [--vault]
          --sign-in  the client knows the broker only, and people sign in there; lasts about two minutes, one of them waiting
          --keep     leaves everything up after the walk, with curl lines for each leg, or with --sign-in a page for your browser; Ctrl+C ends it
          --idp      which provider the enterprise IdP looks like (default okta)
          --vault    broker and notes server sign in a stand-in for Azure Key Vault instead of with keys of their own
        """;

    /// <summary>Reads the command line; null if it is not understood.</summary>
    public static DemoOptions? Parse(IReadOnlyList<string> args)
    {
        var options = new DemoOptions();
        for (var i = 0; i < args.Count; i++)
        {
            if (args[i] is "--keep") options = options with { Keep = true };
            else if (args[i] is "--sign-in") options = options with { SignIn = true };
            else if (args[i] is "--vault") options = options with { Vault = "tests/IdJagBroker.StandInVault/bin/Release/net10.0/IdJagBroker.StandInVault.dll" };
            else if (args[i] is "--idp" && i + 1 < args.Count && Shapes.ContainsKey(args[i + 1])) options = options with { IdpKind = args[++i] };
            else return null;
        }
        return options;
    }
}
