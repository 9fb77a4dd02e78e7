namespace IdJagBroker.Browser.Tests.Harness;

/// <summary>Where this program comes from.</summary>
internal static class Repository
{
    /// <summary>Its root.</summary>
    public static string Root { get; } = Find();

    /// <summary>The folder of this project.</summary>
    public static string Project { get; } = Path.Combine(Root, "tests", "IdJagBroker.Browser.Tests");

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "IdJagBroker.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException("IdJagBroker.sln is in no folder above the tests.");
    }
}
