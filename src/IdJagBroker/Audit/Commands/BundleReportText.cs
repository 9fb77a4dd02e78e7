using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using IdJagBroker.Audit.Proof;

namespace IdJagBroker.Audit.Commands;

/// <summary>A report in words, and as JSON.</summary>
internal static class BundleReportText
{
    private static readonly JsonSerializerOptions Json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public static string ToText(BundleReport report)
    {
        var text = new StringBuilder();
        foreach (var finding in report.Findings)
            text.AppendLine($"{(finding.File is null ? "" : finding.Line is { } line ? $"{finding.File}:{line}: " : $"{finding.File}: ")}{finding.Sentence} [{Word(finding.Kind)}]");
        if (report.Checkpoint is { } checkpoint)
            text.AppendLine(CultureInfo.InvariantCulture, $"Log {checkpoint.Origin}, checkpoint of {checkpoint.Size} events{(checkpoint.RecordedAt is { } at ? $" until {EventTime.Write(at)}" : "")}.");
        if (report.Manifest is { } manifest)
            text.AppendLine(CultureInfo.InvariantCulture, $"{report.Events} of {manifest.Events} events are as the log recorded them: {Range(manifest)}.");
        text.AppendLine(report.IsGood ? "Nothing is wrong." : $"{report.Findings.Count} things are wrong.");
        return Printable(text);
    }

    public static string ToJson(BundleReport report) => JsonSerializer.Serialize(
        new
        {
            Ok = report.IsGood,
            Log = report.Checkpoint?.Origin,
            Checkpoint = report.Checkpoint is { } checkpoint
                ? new { checkpoint.Size, Root = checkpoint.Root.ToString(), RecordedAt = checkpoint.RecordedAt is { } at ? EventTime.Write(at) : null } : null,
            report.Manifest?.From,
            report.Manifest?.To,
            Filtered = report.Manifest is { } manifest ? manifest.Filter is not null : (bool?)null,
            EventsExported = report.Manifest?.Events,
            EventsProved = report.Events,
            report.Findings,
        }, Json) + "\n";

    private static string Range(BundleManifest manifest) => manifest.To == manifest.From ? "none were asked for"
        : $"{(manifest.Filter is null ? "all" : "those that a filter chose")} of {manifest.From} to {manifest.To - 1}";

    private static string Word(FindingKind kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());

    // Names in a bundle are a stranger's: they must not move the cursor of whoever reads about them.
    private static string Printable(StringBuilder text)
    {
        for (var i = 0; i < text.Length; i++)
            if (char.IsControl(text[i]) && text[i] is not '\n') text[i] = '\ufffd';
        return text.ToString();
    }
}
