using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Revisions;
using Microsoft.Extensions.Options;

namespace IdJagBroker.LiveTests;

/// <summary>The files of tests that this broker has.</summary>
internal sealed class LiveTestFiles(IOptions<LiveTestOptions> options, IOptions<PolicySourceOptions> source, BrokerSettings settings)
{
    private readonly string? _directory = options.Value.Directory ?? (source.Value.IsDatabase ? null : settings.Policies);

    /// <summary>Whether there is a place for them at all.</summary>
    public bool HasPlace => _directory is not null;

    /// <summary>Reads them; what cannot be read is in the problems.</summary>
    public PolicyReading Read() => _directory is { } directory ? Tests(PolicyFiles.Read(directory, withTests: true)) : new PolicyReading("tests", [], new PolicyDiagnostics());

    private static PolicyReading Tests(PolicyReading reading) => reading with { Sources = [.. reading.Sources.Where(file => file.IsNamedAsTest)] };
}
