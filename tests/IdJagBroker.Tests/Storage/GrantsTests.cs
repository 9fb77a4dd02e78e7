using System.Security.Cryptography;
using IdJagBroker.Storage;
using Npgsql;

namespace IdJagBroker.Tests.Storage;

/// <summary>A broker whose roles have what <c>idjag db grant</c> gives and nothing else, and a log with something in it.</summary>
public sealed class GrantedBroker(BrokerPostgres postgres) : IAsyncLifetime
{
    private readonly string _name = "g" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(5));
    private string _owner = "";

    internal BrokerFixture Broker { get; } = new(postgres);

    internal string Service => _name + " \"service\"";

    internal string Sequencer => _name + "_sequencer";

    internal string Retention => _name + "_retention";

    public async ValueTask InitializeAsync()
    {
        await Broker.StartAsync(asRoles: async owner =>
        {
            _owner = owner;
            foreach (var role in new[] { Service, Sequencer, Retention }) await Sql.ExecuteAsync(owner, $"create role {Quoted(role)} login password 'p'; select 1");
            await Grants.GrantAsync(owner, Service, Sequencer, Retention, default);
            await Grants.GrantAsync(owner, Service, Sequencer, Retention, default);       // repeated, as after each migration
            return (As(Service), As(Sequencer));
        });
        (await Broker.Token.ExchangeAsync()).IsGranted();
        Assert.NotEmpty(await Broker.AuditAsync("limit=1"));      // so there is something to change
    }

    public async ValueTask DisposeAsync()
    {
        await Broker.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        foreach (var role in new[] { Service, Sequencer, Retention }) await Sql.ExecuteAsync(_owner, $"drop owned by {Quoted(role)}; drop role {Quoted(role)}; select 1");
    }

    internal string As(string role) => new NpgsqlConnectionStringBuilder(_owner) { Username = role, Password = "p" }.ConnectionString;

    private static string Quoted(string role) => new NpgsqlCommandBuilder().QuoteIdentifier(role);
}

/// <summary>What the roles can do, and what they cannot.</summary>
public sealed class GrantsTests(GrantedBroker granted) : IClassFixture<GrantedBroker>
{
    private readonly BrokerFixture _broker = granted.Broker;

    [Fact]
    public async Task Are_enough_to_issue_to_refuse_and_to_read_what_was_recorded()
    {
        var jti = (string)(await _broker.Token.ExchangeAsync()).IsGranted().IdJag["jti"]!;
        Assert.Single(await _broker.AuditAsync($"jti={jti}"));
        await _broker.ExplainAsync(await _broker.Token.ExchangeAsync(("scope", "tickets:admin")));
        Assert.Equal("ready", await _broker.ReadinessAsync());
    }

    public static TheoryData<string> OfTheService =>
    [
        "update audit_inbox set event = 'x'", "delete from audit_inbox", "truncate audit_inbox", "insert into audit_event select * from audit_event", "update audit_event set event = 'x'",
        "delete from audit_event", "truncate audit_event", "update audit_log set size = 0", "insert into audit_tile values (0, 0, sha256('x'))", "update audit_tile set hashes = hashes",
        "insert into audit_checkpoint select * from audit_checkpoint", "update audit_checkpoint set published_at = now()", "update audit_rollup set events = 0", "update audit_rollup_day set events = 0",
        "select audit_make_partitions(0)", "drop table audit_event", "alter table audit_event disable trigger all", "set session_replication_role = replica",
        "select audit_drop_partition('audit_event_2026_11', 'x')", "insert into audit_kept select * from audit_kept", "update audit_retention set least = '1 day'", "delete from audit_export",
        "delete from replay_key", "update replay_key set expires_at = now()", "delete from signing_key", "truncate signing_key", "delete from person_erasure", "update person_erasure set subject_key = 'x'", "truncate person_detail",
        "delete from issuance_lock", "truncate issuance_lock", "update issuance_lock set expires_at = now()", "update issuance_lock set reason = 'x'",
        "delete from policy_release", "truncate policy_release", "update policy_release set revision = revision", "update policy_release set author = 'x'", "update policy_revision set files = '[]'", "delete from policy_revision",
    ];

    [Theory, MemberData(nameof(OfTheService))]
    public Task Let_the_service_change_nothing_that_is_recorded(string sql) => RefusedAsync(granted.Service, sql);

    public static TheoryData<string> OfTheSequencer =>
    [
        "update audit_event set event = 'x'", "delete from audit_event", "truncate audit_event", "delete from audit_tile", "truncate audit_tile", "delete from audit_checkpoint",
        "update audit_checkpoint set note = 'x'", "delete from audit_log", "update audit_inbox set event = 'x'", "truncate audit_inbox", "select * from person", "select * from person_key", "select * from person_detail", "select * from client",
        "select * from signing_key", "insert into replay_key values ('x', 0, now())", "drop table audit_event", "alter table audit_event disable trigger all",
        "set session_replication_role = replica", "select audit_make_partitions(100)",
    ];

    [Theory, MemberData(nameof(OfTheSequencer))]
    public Task Let_the_sequencer_add_and_nothing_else(string sql) => RefusedAsync(granted.Sequencer, sql);

    public static TheoryData<string> OfRetention =>
    [
        "select * from audit_event", "delete from audit_event", "drop table audit_event_2026_11", "alter table audit_event detach partition audit_event_2026_11", "truncate audit_event_2026_11",
        "delete from audit_inbox", "select * from audit_inbox", "delete from audit_hold", "update audit_retention set least = '1 day'", "delete from audit_kept", "select * from person", "set session_replication_role = replica",
    ];

    [Theory, MemberData(nameof(OfRetention))]
    public Task Let_retention_ask_for_a_month_to_be_taken_away_and_nothing_else(string sql) => RefusedAsync(granted.Retention, sql);

    [Fact]
    public async Task Let_retention_ask_and_the_database_decides()
    {
        var name = "audit_event_" + TimeProvider.System.GetUtcNow().ToString("yyyy_MM", System.Globalization.CultureInfo.InvariantCulture);
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => Sql.ExecuteAsync(granted.As(granted.Retention), $"select audit_drop_partition('{name}', 'x')"));
        Assert.Equal($"{name} is too young to be taken away", refusal.MessageText);
    }

    private async Task RefusedAsync(string role, string sql)
    {
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => Sql.ExecuteAsync(granted.As(role), sql + "; select 1"));
        Assert.Contains(refusal.SqlState, new[] { "42501", "22023" });
    }
}
