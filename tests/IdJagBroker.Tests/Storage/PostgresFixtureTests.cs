using IdJagBroker.Shared;
using Xunit;

namespace IdJagBroker.Tests.Storage;

public sealed class PostgresFixtureTests(BrokerPostgres postgres)
{
    [Fact]
    public async Task Gives_every_caller_a_database_of_its_own()
    {
        var databases = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => postgres.CreateDatabaseAsync()));

        foreach (var database in databases) await Sql.ExecuteAsync(database, "create table only_mine (id int)");
        Assert.Equal(4, databases.Distinct().Count());
    }

    [Fact]
    public async Task Prepares_the_template_once_and_copies_it()
    {
        var prepared = 0;
        await using var fixture = new Prepared(async template =>
        {
            Interlocked.Increment(ref prepared);
            await Sql.ExecuteAsync(template, "create table migrated (id int); insert into migrated values (7)");
        });

        var databases = await Task.WhenAll(fixture.CreateDatabaseAsync(), fixture.CreateDatabaseAsync());

        Assert.Equal(1, prepared);
        foreach (var database in databases) Assert.Equal(7, await Sql.ScalarAsync<int>(database, "select id from migrated"));
    }

    [Fact]
    public async Task A_template_that_cannot_be_prepared_fails_every_test_that_needs_it()
    {
        await using var fixture = new Prepared(_ => throw new InvalidOperationException("migration 7 failed"));

        for (var test = 0; test < 2; test++)
        {
            var failure = await Assert.ThrowsAsync<InvalidOperationException>(fixture.CreateDatabaseAsync);
            Assert.Equal("migration 7 failed", failure.Message);
        }
    }

    private sealed class Prepared(Func<string, Task> prepare) : PostgresFixture(prepare);
}
