using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;

namespace IdJagBroker.Audit.Api;

/// <summary>
/// <c>GET /admin/v1/audit/events/{id}/redemption</c>: what became of an ID-JAG, by the event of its issuance or its <c>jti</c>. Only its authorization
/// server knows, so the answer says whether that reports at all: silence of one that does not is no sign of anything.
/// </summary>
internal static class GetRedemption
{
    /// <summary>There is a receipt at least.</summary>
    public const string Reported = "reported";

    /// <summary>The authorization server reports, and has not.</summary>
    public const string NotReported = "not reported";

    /// <summary>The catalogue has no <c>receipts</c> of the authorization server, and it reported nothing while it had.</summary>
    public const string DoesNotReport = "AS does not report";

    private static readonly Problem NoSuchIdJag = new(StatusCodes.Status404NotFound, "no-such-id-jag", "The log has no issuance of an ID-JAG by that id, number or jti.");

    public static void Map(IEndpointRouteBuilder audit) => audit.MapGet("/events/{id}/redemption", async (HttpContext http, string id, LogReader log, ActivePolicy policy, ReadRecord record) =>
    {
        var ct = http.RequestAborted;
        await log.CatchUpAsync(ct);
        var found = await EventName.FindAsync(log, id, ct) ?? await log.FindIssuanceAsync(id, ct);
        if (found is not { Type: EventTypes.Issued } issuance || !EventColumns.TryRead(issuance.Line.Span, out var issued) || issued is not { Jti: { } jti, AuthServer: { } authServer })
            return NoSuchIdJag.ToResult();
        var receipts = await log.ReceiptsAsync(jti, authServer, ct);
        var reports = policy.Current.Catalog.FindAuthorizationServerByIssuer(authServer) is { Receipts: not null };
        await record.WriteAsync(http, "redemption", "json", receipts.Count, new JsonObject { ["seq"] = issuance.Seq });
        return Results.Bytes(Write(issued, receipts, receipts.Count > 0 ? Reported : reports ? NotReported : DoesNotReport), "application/json");
    });

    // The receipts are lines of the log as they are kept.
    private static byte[] Write(EventColumns issued, IReadOnlyList<EventRow> receipts, string redemption)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("event", issued.Id);
            json.WriteString("jti", issued.Jti);
            json.WriteString("authserver", issued.AuthServer);
            json.WriteString("redemption", redemption);
            json.WriteStartArray("receipts");
            foreach (var receipt in receipts) json.WriteRawValue(receipt.Line.Span, skipInputValidation: true);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }
}
