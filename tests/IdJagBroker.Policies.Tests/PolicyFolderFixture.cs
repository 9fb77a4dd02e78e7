using System.Text;
using IdJagBroker.Policies;

namespace IdJagBroker.Tests.Policies;

/// <summary>A policies' directory on disk, gone after the test.</summary>
public sealed class PolicyFolderFixture : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("idjag-policies-").FullName;

    public PolicyFolderFixture() => Directory.CreateDirectory(Root);

    public string Root => Path.Combine(_parent, "policies");

    public string Outside(string name) => Path.Combine(_parent, name);

    /// <summary>The directory that the repository ships.</summary>
    public static string Shipped() => Path.Combine(AppContext.BaseDirectory, "policies");

    public PolicyFolderFixture With(string name, string text) => With(name, Encoding.UTF8.GetBytes(text));

    public PolicyFolderFixture With(string name, byte[] bytes)
    {
        var path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return this;
    }

    internal PolicyLoad Load() => PolicyFiles.Load(Root, allowLoopbackHttp: false);

    public void Dispose() => Directory.Delete(_parent, recursive: true);
}
