using IdJagBroker.Shared;
using IdJagBroker.Tests.Storage;
using Xunit;

[assembly: AssemblyFixture(typeof(BrokerPostgres))]

namespace IdJagBroker.Tests.Storage;

/// <summary>The server of this test run. The template is an empty database until the schema's migrations prepare it here.</summary>
public sealed class BrokerPostgres() : PostgresFixture(_ => Task.CompletedTask);
