using Microsoft.Extensions.Options;

namespace IdJagBroker.Audit.Exports;

/// <summary>Where the exports of this replica are: a folder each, under its id.</summary>
internal sealed class ExportDirectory(IOptions<ExportOptions> options, IConfiguration configuration)
{
    private readonly string _root = options.Value.Directory is { Length: > 0 } given ? given : Path.Combine(Hosting.DevelopmentState.DirectoryOf(configuration), "exports");

    public string Of(Guid id) => Path.GetFullPath(Path.Combine(_root, id.ToString()));

    /// <summary>The folders that are there.</summary>
    public IEnumerable<Guid> Ids() => Directory.Exists(_root)
        ? Directory.EnumerateDirectories(_root).Select(Path.GetFileName).Where(name => Guid.TryParseExact(name, "D", out _)).Select(name => Guid.Parse(name!))
        : [];

    public void Remove(Guid id)
    {
        try
        {
            Directory.Delete(Of(id), recursive: true);
        }
        catch (DirectoryNotFoundException)      // it never was here, or another replica was first
        {
        }
    }
}
