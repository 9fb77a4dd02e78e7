using IdJagBroker.Audit;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Storage;
using IdJagBroker.Tests.Policies;
using IdJagBroker.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace IdJagBroker.Tests.Audit;

/// <summary>Nothing is decided by a revision that the log does not know, whichever of several a request took.</summary>
public sealed class PolicyActivationTests(BrokerPostgres postgres)
{
    private static PolicySnapshot Snapshot(string note)
    {
        var problems = new PolicyDiagnostics();
        var snapshot = PolicyParser.Parse([new PolicySource("00.yaml", "00.yaml", Acme.Catalog), new PolicySource("10.yaml", "10.yaml", Acme.PolicyHead + Acme.Rule + "# " + note + "\n")], "test", false, problems);
        return snapshot ?? throw new InvalidOperationException(PolicyDiagnosticText.Render(problems.Sorted()));
    }

    [Fact]
    public async Task A_revision_counts_when_it_is_recorded_and_not_because_another_is()
    {
        await using var database = DatabaseSetup.CreateDataSource(await postgres.CreateDatabaseAsync());
        var (first, second) = (Snapshot("first"), Snapshot("second"));
        var active = new ActivePolicy(first);
        using var activation = new PolicyActivation(database, active, TimeProvider.System, NullLogger<PolicyActivation>.Instance);
        Assert.Throws<AuditUnavailableException>(() => activation.MustBeRecorded(first.Revision));

        await activation.ActivateAsync(second, 7, default);
        Assert.Same(second, active.Current);
        activation.MustBeRecorded(second.Revision);
        Assert.Throws<AuditUnavailableException>(() => activation.MustBeRecorded(first.Revision));     // a request may still hold it
        Assert.Throws<AuditUnavailableException>(() => activation.MustBeRecorded(null));
        Assert.Throws<AuditUnavailableException>(() => activation.MustBeRecorded(PolicySnapshot.None.Revision));

        await activation.ActivateAsync(first, null, default);
        activation.MustBeRecorded(first.Revision);
        activation.MustBeRecorded(second.Revision);
    }

    [Fact]
    public async Task What_cannot_be_recorded_does_not_decide()
    {
        var connectionString = await postgres.CreateDatabaseAsync();
        await using var database = DatabaseSetup.CreateDataSource(connectionString);
        var (first, second) = (Snapshot("first"), Snapshot("second"));
        var active = new ActivePolicy(first);
        using var activation = new PolicyActivation(database, active, TimeProvider.System, NullLogger<PolicyActivation>.Instance);
        await Sql.ExecuteAsync(connectionString, "alter table audit_inbox rename to gone; select 1");
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => activation.ActivateAsync(second, null, default));
        Assert.Same(first, active.Current);
        Assert.Equal(0L, await Sql.ScalarAsync<long>(connectionString, "select count(*) from policy_revision"));
    }
}
