using System.Reflection;

namespace IdJagBroker.Shared;

/// <summary>The public surface of an assembly as sorted lines of text, so that a change to it shows in review.</summary>
public static class PublicSurface
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>One line for each visible type and each member that it declares; compiler-made members of records are left out.</summary>
    public static IReadOnlyList<string> Of(Assembly assembly) =>
        [.. assembly.GetExportedTypes().SelectMany(Lines).Order(StringComparer.Ordinal)];

    /// <summary>Throws, with the lines that differ and what to do, unless <paramref name="file"/> lists exactly the surface.</summary>
    public static void MustMatch(Assembly assembly, string file)
    {
        var (actual, listed) = (Of(assembly), File.Exists(file) ? File.ReadAllLines(file) : []);
        if (actual.SequenceEqual(listed)) return;
        File.WriteAllLines(file + ".actual", actual);
        var changes = actual.Except(listed).Select(line => "+ " + line).Concat(listed.Except(actual).Select(line => "- " + line));
        throw new InvalidOperationException(
            $"The public surface of {assembly.GetName().Name} changed:\n{string.Join('\n', changes)}\n"
            + $"If that is meant, copy {file}.actual over {Path.GetFileName(file)} beside the test's source and say why in the changelog.");
    }

    private static IEnumerable<string> Lines(Type type) => type.GetMembers(Declared)
        .Where(member => member.GetCustomAttribute<System.Runtime.CompilerServices.CompilerGeneratedAttribute>() is null && IsVisible(member))
        .Select(member => $"{Name(type)}: {Signature(member)}")
        .Prepend($"{Name(type)} : {string.Join(", ", Bases(type))}");

    private static IEnumerable<string> Bases(Type type) =>
        type.GetInterfaces().Append(type.BaseType).OfType<Type>().Select(Name).Order(StringComparer.Ordinal);

    private static bool IsVisible(MemberInfo member) => member switch
    {
        MethodInfo { IsSpecialName: true } accessor when !accessor.Name.StartsWith("op_", StringComparison.Ordinal) => false,
        MethodBase method => IsOpen(method),
        FieldInfo field => field.IsPublic || field.IsFamily,
        PropertyInfo property => property.GetAccessors(true).Any(IsOpen),
        EventInfo handler => handler.AddMethod is { } add && IsOpen(add),
        _ => false,                                                       // nested types are listed as types
    };

    private static bool IsOpen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Signature(MemberInfo member) => member switch
    {
        ConstructorInfo constructor => $"new({Parameters(constructor)})",
        MethodInfo method => $"{Static(method)}{Name(method.ReturnType)} {method.Name}({Parameters(method)})",
        FieldInfo field => $"{(field.IsStatic ? "static " : "")}{Name(field.FieldType)} {field.Name}{(field.IsLiteral ? $" = {field.GetRawConstantValue()}" : "")}",
        PropertyInfo property => $"{Name(property.PropertyType)} {property.Name} {{ {string.Join(' ', property.GetAccessors(true).Where(IsOpen).Select(Accessor))} }}",
        _ => member.ToString()!,
    };

    private static string Accessor(MethodInfo accessor) => Static(accessor) + (accessor.ReturnType != typeof(void) ? "get;"
        : accessor.ReturnParameter.GetRequiredCustomModifiers().Length > 0 ? "init;" : "set;");

    private static string Static(MethodBase method) => method.IsStatic ? "static " : "";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        $"{(parameter.IsOut ? "out " : "")}{Name(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {parameter.DefaultValue ?? "null"}" : "")}"));

    private static string Name(Type type) => type switch
    {
        { IsByRef: true } => Name(type.GetElementType()!),
        { IsArray: true } => Name(type.GetElementType()!) + "[]",
        { IsGenericType: true } => $"{type.Namespace}.{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>",
        _ => type.FullName ?? type.Name,
    };
}
