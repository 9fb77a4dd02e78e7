using System.Collections.Immutable;
using IdJagBroker.Clients.Registry;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Tests.Storage;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace IdJagBroker.Tests.Clients;

/// <summary>The registrations joined to a catalogue: one owner per object, and where both speak the catalogue is heard.</summary>
public sealed class RegistryTableTests(BrokerPostgres postgres)
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;
    private static readonly ImmutableArray<RegisteredSecret> OneSecret = [new("s-1", "hash-1", Now, null)];

    private static CatalogClient Declared(string alias, ClientAuth auth = ClientAuth.ClientSecret, bool enabled = true) =>
        new() { Alias = alias, InRegistry = true, ClientIds = [], Auth = auth, Enabled = enabled, Trust = ClientTrust.Internal };

    private static CatalogClient Filed(string alias, string id) => new() { Alias = alias, ClientIds = [id], Auth = ClientAuth.ClientSecret };

    private static RegisteredClient Row(string alias, params ImmutableArray<string> ids) => new(alias, ids, true, OneSecret, null, 1);

    private static ClientTable Join(CatalogClient[] catalogue, params RegisteredClient[] rows) => new(Of(catalogue), new RegisteredClients([.. rows]));

    private static Catalog Of(params CatalogClient[] clients) => new("test", "iam", [], [], clients, [], [], []);

    [Fact]
    public void Gives_no_client_an_administrators_id()
    {
        var administrator = new CatalogAdministrator { Alias = "siem", ClientIds = ["siem-1"], Auth = ClientAuth.ClientSecret, Scopes = ScopeSet.Of("audit.read") };
        var table = new ClientTable(new Catalog("test", "iam", [], [], [Declared("notes")], [administrator], [], []), new RegisteredClients([Row("notes", "siem-1", "id-2")]));

        Assert.Null(table.Find("siem-1", Now));
        Assert.NotNull(table.Find("id-2", Now));
        Assert.Contains("belongs to 'siem'", Assert.Single(table.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Takes_ids_and_credentials_from_the_registry_and_the_rest_from_the_catalogue()
    {
        var table = Join([Declared("notes")], Row("notes", "id-1", "id-2"));

        foreach (var id in new[] { "id-1", "id-2" })
        {
            var client = table.Find(id, Now)!;
            Assert.Equal(("notes", ClientTrust.Internal, true), (client.Alias, client.Trust, client.Enabled));
            Assert.Equal(["hash-1"], client.SecretHashes);
        }
        Assert.Null(table.Find("notes", Now));
        Assert.Empty(table.Warnings);
    }

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    public void Is_enabled_only_where_both_say_so(bool declared, bool registered, bool expected) =>
        Assert.Equal(expected, Join([Declared("notes", enabled: declared)], Row("notes", "id") with { Enabled = registered }).Find("id", Now)!.Enabled);

    [Fact]
    public void Has_no_secret_where_the_catalogue_demands_a_key() =>
        Assert.Empty(Join([Declared("robot", ClientAuth.PrivateKeyJwt)], Row("robot", "id")).Find("id", Now)!.SecretHashes);

    [Fact]
    public void Refuses_what_the_catalogue_does_not_declare()
    {
        var table = Join([], Row("notes", "id"));
        Assert.Null(table.Find("id", Now));
        Assert.Contains("does not declare it", Assert.Single(table.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Ignores_what_the_catalogue_owns()
    {
        var table = Join([Filed("notes", "filed-id"), Filed("other", "id-2"), Declared("spare")], Row("notes", "id-1"), Row("spare", "id-2", "id-3"));
        Assert.Null(table.Find("id-1", Now));
        Assert.Null(table.Find("id-2", Now));
        Assert.Equal("spare", table.Find("id-3", Now)!.Alias);
        Assert.Equal(2, table.Warnings.Length);
    }

    [Fact]
    public void Lets_an_id_that_two_have_name_nobody()
    {
        var table = Join([Declared("a"), Declared("b"), Declared("c")], Row("a", "both", "own"), Row("b", "both"), Row("c", "both"));
        Assert.Null(table.Find("both", Now));
        Assert.Equal("a", table.Find("own", Now)!.Alias);
        Assert.Equal(2, table.Warnings.Length);
    }

    [Fact]
    public void Counts_a_secret_until_the_instant_that_it_expires()
    {
        var row = Row("notes", "id") with { Secrets = [OneSecret[0], new("s-2", "hash-2", Now, Now.AddMinutes(1))] };
        var table = Join([Declared("notes")], row);
        Assert.Equal(["hash-1", "hash-2"], table.Find("id", Now.AddMinutes(1).AddTicks(-1))!.SecretHashes);
        Assert.Equal(["hash-1"], table.Find("id", Now.AddMinutes(1))!.SecretHashes);
    }

    [Fact]
    public async Task Says_once_where_the_two_disagree_and_follows_a_new_catalogue()
    {
        var connectionString = await postgres.CreateDatabaseAsync();
        await Sql.ExecuteAsync(connectionString,
            """insert into client (alias, client_ids, enabled, secret_hashes) values ('notes', '{id-1}', true, '[]'), ('spoilt', '{id-2}', true, '[{"hash": 1}]'); select 1""");
        await using var source = NpgsqlDataSource.Create(connectionString);
        var log = new KeptLog();
        var (declared, claimed) = (Of(Declared("notes"), Declared("spoilt")), Of(Filed("notes", "id-9"), Declared("spoilt")));
        using var registry = new ClientRegistry(source, new ActivePolicy(new PolicySnapshot(claimed, [], PolicySnapshot.DefaultCeiling, "sha256:x")), TimeProvider.System, log);
        Assert.Throws<ClientRegistryUnavailableException>(() => registry.Find(claimed, "id-1"));

        for (var i = 0; i < 3; i++) await registry.ReloadAsync(default);
        await registry.RefreshAsync(default);

        Assert.Contains("'notes' is registered, but the catalogue owns it", Assert.Single(log.Lines), StringComparison.Ordinal);
        Assert.Null(registry.Find(claimed, "id-1"));
        Assert.Equal("notes", registry.Find(declared, "id-1")!.Alias);
        Assert.Equal("notes", registry.Find(claimed, "id-9")!.Alias);
        Assert.Empty(registry.Find(declared, "id-2")!.SecretHashes);
    }

    private sealed class KeptLog : ILogger<ClientRegistry>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }
}
