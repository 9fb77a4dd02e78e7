using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace IdJagBroker.Tests.Policies.Golden;

/// <summary>Everything of an object of the policies, a property a line; of other objects what they say of themselves.</summary>
internal static class Dump
{
    public static string Of(object? value)
    {
        var text = new StringBuilder();
        Add(text, value, "");
        return text.ToString();
    }

    private static void Add(StringBuilder text, object? value, string path)
    {
        switch (value)
        {
            case null: break;       // not written
            case string or Uri: Line(value.ToString()!); break;
            case TimeZoneInfo zone: Line(zone.Id); break;
            case DateTimeOffset at: Line(at.ToString("O", CultureInfo.InvariantCulture)); break;
            case IDictionary map:
                foreach (var key in map.Keys.Cast<object>().OrderBy(key => key.ToString(), StringComparer.Ordinal)) Add(text, map[key], $"{path}.{key}");
                break;
            // Sets have no order of their own; lists do.
            case IEnumerable set when value.GetType().GetInterfaces().Any(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlySet<>)):
                Line(string.Join(" | ", set.Cast<object>().Select(one => one.ToString()).Order(StringComparer.Ordinal)));
                break;
            case IEnumerable list:
                var i = 0;
                foreach (var one in list) Add(text, one, $"{path}[{i++}]");
                break;
            case { } known when known.GetType().Namespace!.StartsWith("IdJagBroker.Policies", StringComparison.Ordinal) && !known.GetType().IsEnum:
                foreach (var property in known.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.GetIndexParameters().Length is 0 && property.Name is not "At").OrderBy(property => property.Name, StringComparer.Ordinal))
                    Add(text, property.GetValue(known), path.Length is 0 ? property.Name : $"{path}.{property.Name}");
                break;
            default: Line(Convert.ToString(value, CultureInfo.InvariantCulture)!); break;
        }

        void Line(string line) => text.Append(path).Append(": ").Append(line).Append('\n');
    }
}
