namespace IdJagBroker.Policies.Rules;

/// <summary>Which clients a rule is about; all that is written must hold. All of it is in the catalogue, so it is the same for every request of a client.</summary>
internal sealed record PolicyClients
{
    /// <summary>The words of <c>auth</c>.</summary>
    public static readonly IReadOnlyList<string> AuthWords = ["private_key_jwt", "client_secret", "none"];

    /// <summary>The words of <c>trust</c>.</summary>
    public static readonly IReadOnlyList<string> TrustWords = ["vendor", "internal"];

    /// <summary>Every client, and it was said so.</summary>
    public bool Every { get; init; }

    /// <summary>The client's alias.</summary>
    public SetCondition? Ids { get; init; }

    /// <summary>Whose software it is.</summary>
    public SetCondition? Trust { get; init; }

    /// <summary>How it authenticates.</summary>
    public SetCondition? Auth { get; init; }

    public static PolicyClients Of(params IEnumerable<string> aliases) => new() { Ids = SetCondition.Any(aliases) };

    public bool Covers(CatalogClient client) =>
        (Ids is null || Ids.HoldsOf(client.Alias)) && (Trust is null || Trust.HoldsOf(Word(client.Trust))) && (Auth is null || Auth.HoldsOf(Word(client.Auth)));

    public static string Word(ClientAuth auth) => auth switch
    {
        ClientAuth.PrivateKeyJwt => "private_key_jwt",
        ClientAuth.ClientSecret => "client_secret",
        _ => "none",
    };

    public static string Word(ClientTrust trust) => trust is ClientTrust.Internal ? "internal" : "vendor";
}
