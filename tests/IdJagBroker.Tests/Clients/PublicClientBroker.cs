using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Clients;

/// <summary>A broker at which people sign in through public clients: <c>open</c>, <c>careful</c> (which must prove a key) and <c>shut</c> (not enabled).</summary>
public sealed class PublicClientBroker(BrokerPostgres postgres) : IAsyncLifetime
{
    /// <summary>Put into a catalogue of tests: public clients, and where their people sign in. A key proves the broker there, so no secret is needed.</summary>
    private const string Clients = """
        clients:
          open:    {clientIds: [open], auth: none, signIn: {redirectUris: ["http://127.0.0.1/cb"]}}
          careful: {clientIds: [careful], auth: none, dpop: required, signIn: {redirectUris: ["http://127.0.0.1/cb"]}}
          shut:    {clientIds: [shut], auth: none, enabled: false, signIn: {redirectUris: ["http://127.0.0.1/cb"]}}

        """;

    internal BrokerFixture Broker { get; } = new(postgres);

    public async ValueTask InitializeAsync() => await Broker.StartAsync(
        changeCatalog: catalog => SignsPeopleIn(catalog).Replace("clients:\n", Clients, StringComparison.Ordinal)
            .Replace("\nauthorizationServers:", "\nadministrators:\n  siem: {clientIds: [siem], auth: client_secret, scopes: [audit.read]}\nauthorizationServers:", StringComparison.Ordinal)
            .Replace("clientIds: {agent: cl_7hQ2notes,", "clientIds: {open: cl_open, careful: cl_careful, agent: cl_7hQ2notes,", StringComparison.Ordinal));

    public ValueTask DisposeAsync() => Broker.DisposeAsync();

    /// <summary>The catalogue with a provider that people are sent to.</summary>
    internal static string SignsPeopleIn(string catalog) =>
        catalog.Replace("kind: okta, ", "kind: okta, signIn: {clientId: broker-at-okta, auth: private_key_jwt}, ", StringComparison.Ordinal);
}
