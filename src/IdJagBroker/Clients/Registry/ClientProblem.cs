using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Rules;

namespace IdJagBroker.Clients.Registry;

/// <summary>Why a registration cannot be changed as asked.</summary>
internal static class ClientProblem
{
    private const int Conflict = StatusCodes.Status409Conflict;

    public static Problem NotFound { get; } = new(StatusCodes.Status404NotFound, "client-not-found", "There is no such client in the registry.");

    public static Problem NoSuchSecret { get; } = new(StatusCodes.Status404NotFound, "secret-not-found", "The client has no such secret.");

    public static Problem Exists { get; } = new(Conflict, "client-exists", "The client is registered already.", "/alias");

    public static Problem TwoSecretsLive { get; } =
        new(Conflict, "two-secrets-live", "Two secrets are live; retire one before another is added.");

    public static Problem SecretRepeated { get; } = new(Conflict, "secret-repeated", "This secret is live already; a rotation needs another one.", "/secret");

    public static Problem OwnedByCatalogue(string alias) =>
        new(Conflict, "owned-by-catalogue", $"The catalogue file owns '{alias}'; change it there.", "/alias");

    public static Problem NotDeclared(string alias) => new(Conflict, "not-declared",
        $"The catalogue does not declare '{alias}'; declare it there with 'registration: database' first.", "/alias");

    public static Problem IdOwnedByCatalogue { get; } =
        new(Conflict, "owned-by-catalogue", "The catalogue file owns one of these client ids: a client or an administrator has it there.", "/client_ids");

    public static Problem IdTaken { get; } = new(Conflict, "client-id-taken", "One of these client ids is another client's.", "/client_ids");

    /// <summary>The credential is not of the kind that the catalogue demands of this client.</summary>
    public static Problem AnotherMethod(ClientAuth auth) => new(Conflict, "another-method",
        $"The catalogue says that this client authenticates by {PolicyClients.Word(auth)}.");

    /// <summary>Refuses what gives or changes; what takes away is allowed on any registration that the catalogue does not own.</summary>
    public static Problem? OfOwner(Catalog catalog, string alias, bool takesAway) => catalog.Clients.GetValueOrDefault(alias) switch
    {
        { InRegistry: true } => null,
        not null => OwnedByCatalogue(alias),
        null => takesAway ? null : NotDeclared(alias),
    };
}
