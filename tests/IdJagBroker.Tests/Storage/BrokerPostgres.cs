using IdJagBroker.Shared;
using IdJagBroker.Storage;
using IdJagBroker.Tests.Storage;
using Xunit;

[assembly: AssemblyFixture(typeof(BrokerPostgres))]

namespace IdJagBroker.Tests.Storage;

/// <summary>The server of this test run; its template database has the schema that <c>idjag db migrate</c> makes.</summary>
public sealed class BrokerPostgres() : PostgresFixture(connectionString => DatabaseSetup.MigrateAsync(connectionString, CancellationToken.None));
