using System.Globalization;
using IdJagBroker.Policies.Rules;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Linting;

/// <summary>Rules that end: whoever answers for one should hear of it before people do.</summary>
internal static class ExpiryLint
{
    /// <summary>How long before.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromDays(30);

    /// <summary>Whether the rule has ended.</summary>
    public static bool Check(PolicyRule rule, DateTimeOffset now, SourcePlaces places, PolicyDiagnostics problems)
    {
        if (rule.Validity is not { Until: { } until } || until - now > Ahead) return false;
        var owner = rule.Owner.Length is 0 ? "" : $" (owner {rule.Owner})";
        if (until > now) problems.Warning(places.OfRule(rule), PolicyDiagnosticCode.ExpiresSoon, $"{rule.Id} ends in {Left(until - now)}{owner}");
        else problems.Warning(places.OfRule(rule), PolicyDiagnosticCode.RuleExpired, $"{rule.Id} ended on {until.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}{owner}; take it out, or give it a later end");
        return until <= now;
    }

    private static string Left(TimeSpan left) => left switch
    {
        { TotalDays: >= 1 } => Count((int)left.TotalDays, "day"),
        { TotalHours: >= 1 } => Count((int)left.TotalHours, "hour"),
        _ => Count(Math.Max((int)left.TotalMinutes, 1), "minute"),
    };

    private static string Count(int count, string what) => $"{count} {what}{(count is 1 ? "" : "s")}";
}
