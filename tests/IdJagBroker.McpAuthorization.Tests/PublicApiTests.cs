using System.Reflection;
using System.Runtime.CompilerServices;

namespace IdJagBroker.McpAuthorization.Tests;

/// <summary>The package's public surface is a text file, so that a change to it shows in review.</summary>
public sealed class PublicApiTests
{
    [Fact]
    public void Is_what_the_file_says()
    {
        var actual = string.Join('\n', Lines()) + '\n';
        var file = Path.Combine(Path.GetDirectoryName(Here())!, "PublicApi.txt");
        var expected = File.Exists(file) ? File.ReadAllText(file) : "";

        Assert.True(expected == actual, $"PublicApi.txt differs. If the change is meant, it should now hold:\n{actual}");
    }

    [Fact]
    public void Brings_no_luggage()
    {
        var references = typeof(IdJagAuthorizationServerExtensions).Assembly.GetReferencedAssemblies().Select(name => name.Name!);

        Assert.All(references, name => Assert.True(
            name is "IdJagBroker.Protocol" || name.StartsWith("System.", StringComparison.Ordinal)
            || name.StartsWith("Microsoft.AspNetCore.", StringComparison.Ordinal) || name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal)
            || name is "Microsoft.Net.Http.Headers", name));
    }

    private static IEnumerable<string> Lines()
    {
        const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        foreach (var type in typeof(IdJagAuthorizationServerExtensions).Assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            yield return $"{(type.IsInterface ? "interface" : "class")} {type.FullName}";
            foreach (var member in type.GetMembers(Declared).Where(IsWritten).Select(member => $"  {member}").Order(StringComparer.Ordinal)) yield return member;
        }
    }

    // what the compiler writes for a record or a property is not listed twice
    private static bool IsWritten(MemberInfo member) =>
        member.GetCustomAttribute<CompilerGeneratedAttribute>() is null && member is not MethodInfo { IsSpecialName: true };

    private static string Here([CallerFilePath] string path = "") => path;
}
