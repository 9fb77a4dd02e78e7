using System.Globalization;
using IdJagBroker.Policies.Rules;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Analysis;

/// <summary>Under which circumstances, in words: two rules that ask for the same have the same words.</summary>
internal static class Terms
{
    /// <summary>What a rule asks of the circumstances; empty: nothing. How the client authenticates is none: the catalogue says that.</summary>
    public static string Of(PolicyRule rule) => string.Join(", ", Parts(rule));

    private static IEnumerable<string> Parts(PolicyRule rule)
    {
        if (rule.Requirement is { } asked)
        {
            if (!asked.AcrAnyOf.IsEmpty) yield return "acr " + Or(asked.AcrAnyOf);
            if (!asked.AmrAnyOf.IsEmpty) yield return "amr " + Or(asked.AmrAnyOf);
            if (!asked.AmrAllOf.IsEmpty) yield return "amr " + string.Join(" and ", asked.AmrAllOf.Order(StringComparer.Ordinal));
            if (asked.MaxAge is { } age) yield return $"signed in {YamlValues.Format(age)} ago at most";
            if (asked.Dpop) yield return "dpop";
            if (asked.Resource) yield return "resource named";
            if (!asked.CidrAnyOf.IsEmpty) yield return "from " + Or(asked.CidrAnyOf.Select(network => network.ToString()));
            if (!asked.CidrNoneOf.IsEmpty) yield return "not from " + Or(asked.CidrNoneOf.Select(network => network.ToString()));
            foreach (var (claim, condition) in asked.Device.OrderBy(entry => entry.Key, StringComparer.Ordinal)) yield return $"device {claim} {condition}";
        }
        if (rule.During is { } hours) yield return "during " + hours;
        if (rule.Validity is { From: { } from }) yield return "from " + Date(from);
        if (rule.Validity is { Until: { } until }) yield return "until " + Date(until);
        if (rule.RatePerSubject is { } rate) yield return $"{rate} for each person";
        if (rule.Emergency) yield return "emergency";
        if (!rule.Claims.IsEmpty) yield return "telling " + string.Join(" and ", rule.Claims.Order(StringComparer.Ordinal));
    }

    private static string Or(IEnumerable<string> words) => string.Join(" or ", words.Order(StringComparer.Ordinal));

    private static string Date(DateTimeOffset at) => at.UtcDateTime.ToString(at.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd" : "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
