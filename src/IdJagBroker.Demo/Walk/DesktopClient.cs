namespace IdJagBroker.Demo.Walk;

/// <summary>An MCP client that people sign in through at the broker: no other provider has heard of it.</summary>
/// <param name="AtBroker">Its id at the broker, also its alias in the catalogue.</param>
/// <param name="AtNotes">Its id at the authorization server of the notes.</param>
/// <param name="IsPublic">Whether it has no secret at the broker.</param>
internal sealed record DesktopClient(string AtBroker, string AtNotes, bool IsPublic)
{
    /// <summary>What it asks the broker for.</summary>
    public const string Scope = "openid profile email offline_access";

    /// <summary>
    /// Where the broker may answer it: at any port of this machine (RFC 8252 §7.3). The others are those of VS Code, Claude Code, mcpc and MCP Inspector, so that one can
    /// point them at the demonstration.
    /// </summary>
    public static readonly IReadOnlyList<string> RedirectUris =
    [
        "http://127.0.0.1/callback", "http://localhost/callback", "http://127.0.0.1/", "http://localhost/", "http://127.0.0.1/oauth/callback", "http://localhost/oauth/callback",
    ];

    /// <summary>The one that the administrator gave a secret.</summary>
    public static readonly DesktopClient Desktop = new("notes-desktop", "cl_2kDdesktop", IsPublic: false);

    /// <summary>The one without, as a program that anybody can download: people are shown, once, who asks.</summary>
    public static readonly DesktopClient Cli = new("notes-cli", "cl_5pYnotescli", IsPublic: true);

    /// <summary>Its secret at the broker, or null.</summary>
    public string? SecretIn(DemoWorld world) => IsPublic ? null : world.ClientSecret;

    /// <summary>Begins a sign-in at the broker.</summary>
    public CodeFlow Begin(DemoWorld world, HttpClient http) => new(http, world.At.Broker, AtBroker, SecretIn(world), CallbackIn(world)) { Scope = Scope };

    /// <summary>Where it listens for the answer.</summary>
    public static Uri CallbackIn(DemoWorld world) => new(world.At.Desktop + "/callback");
}
