using System.Globalization;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Rules;

/// <summary>Reads <c>during</c> and <c>validity</c>: when a rule applies.</summary>
internal sealed class WindowParser(PolicyDiagnostics problems, YamlValues values)
{
    private const int WholeWeek = 0b111_1111;
    private static readonly string[] Instants = ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:sszzz"];

    public PolicyHours? Hours(YamlNode? node)
    {
        if (node is null || values.Fields(node, "during") is not { } fields) return null;
        var days = Days(fields.Optional("days"));
        var (from, to) = (Clock(fields.Optional("from"), "from"), Clock(fields.Optional("to"), "to"));
        var zone = Zone(fields.Required("tz"));
        if (fields.Has("from") != fields.Has("to"))
            problems.Error(node.At, PolicyDiagnosticCode.FieldMissing, "'during' needs both of from and to, or neither");
        if (!fields.Has("days") && !fields.Has("from"))
            problems.Error(node.At, PolicyDiagnosticCode.FieldMissing, "'during' needs days, or from and to");
        if (from is { } start && start == to)
            problems.Error(fields.KeyAt("to"), PolicyDiagnosticCode.ValueInvalid, "'to' is the same as 'from'; for the whole day leave both out");
        fields.End();
        return zone is null ? null : new PolicyHours(days, from ?? 0, to ?? PolicyHours.MinutesADay, zone);
    }

    public PolicyValidity? Validity(YamlNode? node)
    {
        if (node is null || values.Fields(node, "validity") is not { } fields) return null;
        var from = Instant(fields.Optional("from"), "from");
        var until = Instant(fields.Optional("until"), "until");
        var ticket = fields.Optional("ticket") is { } written ? values.Text(written, "ticket") : null;
        if (!fields.Has("from") && !fields.Has("until")) problems.Error(node.At, PolicyDiagnosticCode.FieldMissing, "'validity' needs from or until");
        if (from >= until) problems.Error(fields.KeyAt("until"), PolicyDiagnosticCode.ValueInvalid, "'until' is not after 'from': this rule would never apply");
        fields.End();
        return new PolicyValidity(from, until, ticket);
    }

    /// <summary>A moment with its offset from UTC, or null.</summary>
    public DateTimeOffset? Instant(YamlNode? node, string what)
    {
        if (node is null || values.Text(node, what) is not { } text) return null;
        if (DateTimeOffset.TryParseExact(text, Instants, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)) return at.ToUniversalTime();
        problems.Error(node.At, PolicyDiagnosticCode.ValueInvalid, $"{what} must be a time with its offset, such as 2026-12-01T00:00:00Z");
        return null;
    }

    private int Days(YamlNode? node)
    {
        if (node is null) return WholeWeek;
        var days = 0;
        foreach (var (word, at) in values.Texts(node, "days"))
        {
            var day = PolicyHours.DayWords.ToList().IndexOf(word);
            if (day >= 0) days |= 1 << day;
            else problems.Unknown(at, PolicyDiagnosticCode.WordUnknown, word, "is not a day: mon, tue, wed, thu, fri, sat, sun", PolicyHours.DayWords);
        }
        return days;
    }

    private int? Clock(YamlNode? node, string what)
    {
        if (node is null) return null;
        // Unquoted, 20:00 is text to this version of YAML and a number to older ones: what it says is clear either way.
        if (node is YamlScalar { Value: [_, _, ':', _, _] text } && TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
            return (time.Hour * 60) + time.Minute;
        if (node is not YamlRefused) problems.Error(node.At, PolicyDiagnosticCode.ValueInvalid, $"{what} must be a time of day, such as \"07:00\"");
        return null;
    }

    private TimeZoneInfo? Zone(YamlNode? node)
    {
        if (node is null || values.Text(node, "tz") is not { } id) return null;
        // Only names of IANA, which mean the same on every machine.
        if (TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) && zone.HasIanaId) return zone;
        problems.Unknown(node.At, PolicyDiagnosticCode.ZoneUnknown, id, "is not a time zone of IANA, such as Europe/Berlin", TimeZoneInfo.GetSystemTimeZones().Select(known => known.Id));
        return null;
    }
}
