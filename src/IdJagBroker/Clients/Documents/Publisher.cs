namespace IdJagBroker.Clients.Documents;

/// <summary>Whoever publishes keys for us to fetch: somebody of the catalogue or the registry, as the audit log and operators know them.</summary>
/// <param name="Family">Of its events: <c>client.keys_changed</c> is of <c>client</c>.</param>
/// <param name="Alias">In the catalogue.</param>
/// <param name="AuthServer">The issuer, of an authorization server.</param>
internal sealed record Publisher(string Family, string Alias, string? AuthServer = null)
{
    /// <summary>A client.</summary>
    public static Publisher Client(string alias) => new("client", alias);

    /// <summary>An authorization server.</summary>
    public static Publisher AuthorizationServer(string alias, string issuer) => new("authserver", alias, issuer);

    /// <summary>The alias, if it is a client.</summary>
    public string? ClientAlias => Family is "client" ? Alias : null;

    public override string ToString() => $"{Family} {Alias}";
}
