using System.Buffers;
using System.Globalization;
using System.Text;

namespace IdJagBroker.Audit.Mapping;

/// <summary>An event as CEF (ArcSight's Common Event Format, version 0) in the message of a syslog record (RFC 5424).</summary>
internal static class CefWriter
{
    private const string Vendor = "IdJagBroker";
    private const string Product = "IdJagBroker";
    private const int LogAudit = 13;        // RFC 5424 §6.2.1: the facility

    // Which member goes where. What CEF has no name for goes into its six custom fields, each with its label.
    private static readonly (string Key, string Path)[] Fields =
    [
        ("externalId", "id"), ("outcome", "outcome"), ("reason", "reason"), ("suid", "actor.key"), ("spriv", "actor.role"), ("duid", "subject_key"),
        ("dvchost", "node"), ("requestClientApplication", "ua"), ("sntdom", "ip_net"),
    ];

    private static readonly (string Key, string Path)[] Labelled =
        [("cs1", "client"), ("cs2", "authserver"), ("cs3", "resource"), ("cs4", "jti"), ("cs5", "kid"), ("cs6", "policy_rev")];

    public static void Write(MappedLine line, IBufferWriter<byte> output)
    {
        var mapping = line.Mapping;
        var text = new StringBuilder(1024);
        text.Append(CultureInfo.InvariantCulture, $"<{(LogAudit * 8) + SyslogSeverity(mapping)}>1 {line.Need("recorded_at")} {CefText.SyslogName(line.Text("node"), 255)} idjag - {CefText.SyslogName(mapping.Type, 32)} - ");
        text.Append(CultureInfo.InvariantCulture, $"CEF:0|{Vendor}|{Product}|{CefText.Header(line.Need("schema"))}|{CefText.Header(mapping.Type)}|{CefText.Header(mapping.Name)}|{mapping.CefSeverity}|");
        text.Append(CultureInfo.InvariantCulture, $"rt={line.Milliseconds("occurred_at")}");
        foreach (var (key, path) in Fields)
            if (line.Text(path) is { } value) text.Append(CultureInfo.InvariantCulture, $" {key}={CefText.Value(value)}");
        text.Append(CultureInfo.InvariantCulture, $" cn1Label=seq cn1={line.Seq}");
        foreach (var (key, path) in Labelled)
        {
            var value = path is "resource" ? string.Join(' ', line.Texts(path)) : line.Text(path);
            if (!string.IsNullOrEmpty(value)) text.Append(CultureInfo.InvariantCulture, $" {key}Label={path} {key}={CefText.Value(value)}");
        }
        output.Write(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static int SyslogSeverity(EventMapping mapping) => mapping.Severity switch
    {
        EventSeverity.Informational => 6,
        EventSeverity.Low => 5,
        EventSeverity.Medium => 4,
        _ => 3,
    };
}
