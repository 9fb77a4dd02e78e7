using System.Reflection;

namespace IdJagBroker.Mutation;

/// <summary>One test, run by reflection: a fact, or a theory with one row of its data.</summary>
/// <param name="Method">The method.</param>
/// <param name="Row">The row's number, which makes the name one of its own.</param>
/// <param name="Arguments">What it is called with.</param>
internal sealed record TestCase(MethodInfo Method, int Row, object?[] Arguments)
{
    public string Name => $"{Method.DeclaringType!.FullName}.{Method.Name}#{Row}";

    /// <summary>All of an assembly. Throws <see cref="NotSupportedException"/> for data that is no InlineData: a test that is left out would make mistakes look unnoticed.</summary>
    public static List<TestCase> All(Assembly assembly)
    {
        var cases = new List<TestCase>();
        foreach (var type in assembly.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false }))
            foreach (var method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            {
                var attributes = method.GetCustomAttributes(inherit: false);
                if (attributes.Any(attribute => attribute.GetType().Name is "FactAttribute")) cases.Add(new TestCase(method, 0, []));
                if (!attributes.Any(attribute => attribute.GetType().Name is "TheoryAttribute")) continue;
                if (attributes.Any(attribute => attribute.GetType().Name.EndsWith("DataAttribute", StringComparison.Ordinal) && attribute.GetType().Name is not "InlineDataAttribute"))
                    throw new NotSupportedException($"{type.Name}.{method.Name} has data that is no InlineData.");
                var rows = attributes.Where(attribute => attribute.GetType().Name is "InlineDataAttribute").Select(attribute => (object?[])((dynamic)attribute).Data).ToList();
                cases.AddRange(rows.Select((row, number) => new TestCase(method, number, Fit(row, method.GetParameters()))));
            }
        return cases;
    }

    /// <summary>Runs it; false if it fails.</summary>
    public bool Passes()
    {
        object? instance = null;
        try
        {
            instance = Activator.CreateInstance(Method.DeclaringType!);
            switch (Method.Invoke(instance, Arguments))
            {
                case Task task: task.GetAwaiter().GetResult(); break;
                case ValueTask task: task.AsTask().GetAwaiter().GetResult(); break;
            }
            return true;
        }
#pragma warning disable CA1031 // whatever it throws, it failed
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
        finally
        {
            try
            {
                (instance as IDisposable)?.Dispose();
            }
            catch (IOException)
            {
                // what a mistake left behind is not the next test's
            }
        }
    }

    // As the framework does: what is not given has its default, and what is over goes into the params array.
    private static object?[] Fit(object?[] row, ParameterInfo[] parameters)
    {
        var arguments = new object?[parameters.Length];
        for (var i = 0; i < parameters.Length; i++)
        {
            if (parameters[i].IsDefined(typeof(ParamArrayAttribute)) && !(i < row.Length && i + 1 == row.Length && parameters[i].ParameterType.IsInstanceOfType(row[i])))
            {
                var rest = row.Skip(i).ToArray();
                var array = Array.CreateInstance(parameters[i].ParameterType.GetElementType()!, rest.Length);
                Array.Copy(rest, array, rest.Length);
                arguments[i] = array;
            }
            else
            {
                arguments[i] = i < row.Length ? Converted(row[i], parameters[i].ParameterType) : parameters[i].DefaultValue;
            }
        }
        return arguments;
    }

    private static object? Converted(object? value, Type type) =>
        value is null || type.IsInstanceOfType(value) || Nullable.GetUnderlyingType(type) is not null || !type.IsPrimitive ? value : Convert.ChangeType(value, type, System.Globalization.CultureInfo.InvariantCulture);
}
