using IdJagBroker.Shared;

namespace IdJagBroker.McpAuthorization.Postgres.Tests;

/// <summary>The package's public surface is a text file, so that a change to it shows in review.</summary>
public sealed class PublicApiTests
{
    [Fact]
    public void The_public_surface_is_the_one_in_PublicApi_txt() =>
        PublicSurface.MustMatch(typeof(PostgresReplayGuard).Assembly, Path.Combine(AppContext.BaseDirectory, "PublicApi.txt"));

    [Fact]
    public void Brings_npgsql_and_nothing_else()
    {
        var references = typeof(PostgresReplayGuard).Assembly.GetReferencedAssemblies().Select(name => name.Name!);

        Assert.All(references, name => Assert.True(
            name is "IdJagBroker.McpAuthorization" or "IdJagBroker.Protocol" or "Npgsql" || name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal), name));
    }
}
