using IdJagBroker.Shared;
using IdJagBroker.Storage;

namespace IdJagBroker.Browser.Tests;

/// <summary>A database for each broker.</summary>
public sealed class BrokerDatabases() : PostgresFixture(connectionString => DatabaseSetup.MigrateAsync(connectionString, CancellationToken.None));
