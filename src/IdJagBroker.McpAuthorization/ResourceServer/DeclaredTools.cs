using System.Reflection;

namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>Reads what the methods of a class say of the scopes that they need. What is not said is a fault, and never a guess.</summary>
internal static class DeclaredTools
{
    // Of the official SDK, known by its name: this library does not depend on it.
    private const string SdkAttribute = "McpServerToolAttribute";

    public static void Read(Type type, McpResourceServerOptions options, List<string> faults)
    {
        var found = false;
        foreach (var method in type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance))
        {
            var sdk = method.CustomAttributes.FirstOrDefault(attribute => attribute.AttributeType.Name == SdkAttribute);
            var (scopes, any) = (method.GetCustomAttribute<ToolScopesAttribute>(), method.GetCustomAttribute<AnyTokenToolAttribute>());
            if (sdk is null && scopes is null && any is null) continue;
            found = true;
            var place = $"{type.Name}.{method.Name}";
            if (scopes is not null && any is not null) faults.Add($"{place}: [ToolScopes] or [AnyTokenTool], not both.");
            else if (scopes is null && any is null) faults.Add($"{place}: a tool says [ToolScopes] or [AnyTokenTool].");
            else if ((scopes?.Tool ?? any?.Tool ?? NameIn(sdk)) is not { Length: > 0 } name) faults.Add($"{place}: a tool has a name: [McpServerTool(Name = …)], or Tool beside its scopes.");
            else if (scopes is not null) options.RequireScope(name, scopes.Scopes);
            else options.AllowTool(name);
        }
        if (!found) faults.Add($"ToolsOf({type.Name}): it has no tool.");
    }

    private static string? NameIn(CustomAttributeData? sdk) =>
        sdk?.NamedArguments.FirstOrDefault(argument => argument.MemberName is "Name").TypedValue.Value as string;
}
