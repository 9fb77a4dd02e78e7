using IdJagBroker.EndToEndTests;
using IdJagBroker.Shared;
using IdJagBroker.Storage;

[assembly: AssemblyFixture(typeof(DemoPostgres))]

namespace IdJagBroker.EndToEndTests;

/// <summary>The database server of this test run.</summary>
public sealed class DemoPostgres() : PostgresFixture(connectionString => DatabaseSetup.MigrateAsync(connectionString, CancellationToken.None));
