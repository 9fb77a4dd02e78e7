using System.Globalization;
using System.Text;
using IdJagBroker.Audit.Mapping;

namespace IdJagBroker.Tests.Audit.Mapping;

/// <summary><c>docs/reference/event-mappings.md</c>, made from the table.</summary>
internal static class EventMappingDocument
{
    private const string Before =
        """
        # Events in OCSF, CloudEvents and CEF

        Made from `src/IdJagBroker/Audit/Mapping/EventMappings.cs`; a test fails while this page says something else. The event itself is [our own](audit-events.md);
        these forms are for programs that read no other, and each but CEF holds the whole line, so that it can still be proved.

        **OCSF**: `metadata.profiles` has `security_control` for Authentication, with `disposition_id` 1 Allowed, 2 Blocked, 27 Error by `outcome`, and one of
        `authorizations[]` for each rule that decided. `auth_protocol_id` is 6 (OAuth 2.0), `is_mfa` whether `amr` has `mfa`; it is missing where the provider said nothing.
        `time` is `occurred_at`, `metadata.logged_time` `recorded_at`, `unmapped.event` the line. `user.uid` is the random `subject_key`.

        **CloudEvents 1.0**, structured: `source` is `//` and the log's name, `id` the event's, `time` its `recorded_at`, `subject` its `subject_key`, `sequence` its `seq` in 20
        digits, `data` the line.

        **CEF**: version 0, in a syslog message (RFC 5424) of facility 13 (log audit); how messages are told apart is the transport's part. `|`, `=` and `\` are escaped, and what
        would end or turn a line is a space. `rt` is `occurred_at`; `suid`, `spriv` are who did it and their role, `duid` the `subject_key`, `requestClientApplication` the user agent,
        `sntdom` the caller's network, `externalId` the event's `id`, `cn1` its `seq`; `cs1` to `cs6` are `client`, `authserver`, `resource`, `jti`, `kid` and `policy_rev`. `data` is not in it:
        read it by the `id`.

        | type | OCSF class | activity | about | severity | CEF name | CEF severity |
        | --- | --- | --- | --- | --- | --- | --- |

        """;

    public static string Text()
    {
        var text = new StringBuilder(Before);
        foreach (var row in EventMappings.All)
        {
            text.Append(CultureInfo.InvariantCulture, $"| [`{row.Type}`](events/{row.Type}.json) | {row.Activity.ClassName} ({row.Activity.Class}) | {row.Activity.Id} {row.Activity.Name} | ");
            text.Append(CultureInfo.InvariantCulture, $"{row.Entity.Kind} (`{row.Entity.Member}`) | {row.Severity} ({(int)row.Severity}) | {row.Name} | {row.CefSeverity} |\n");
        }
        text.Append("\nThe CloudEvents type is ours with `idjag-broker.` before it. The schemas that are linked are those of `data`; that of the envelope is [here](events/envelope.json).\n");
        return text.ToString();
    }
}
