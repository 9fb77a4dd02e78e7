using System.Collections.Frozen;
using System.Text.Json.Nodes;
using IdJagBroker.Audit;

namespace IdJagBroker.Receipts;

/// <summary>The event of a receipt: who it is about is the issuance's to say, and what happened the server's.</summary>
internal static class ReceiptEvent
{
    /// <summary>The ID-JAG was redeemed for an access token.</summary>
    public const string Redeemed = "idjag.redeemed";

    /// <summary>The ID-JAG was not.</summary>
    public const string Refused = "idjag.redeem_refused";

    private const string OtherReason = "REDEEM_REFUSED";

    // Reasons are a closed set, by which the log counts: not what a server may write. Its own code is in the data.
    private static readonly FrozenSet<string> Codes = FrozenSet.Create(
        StringComparer.Ordinal, "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope",
        "invalid_target", "access_denied", "invalid_authorization_details", "invalid_dpop_proof", "server_error", "temporarily_unavailable");

    public static AuditEvent Of(AcceptReceipts command, Receipt receipt, IssuedIdJag idJag, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        OccurredAt = now,
        Type = receipt.IsRefusal ? Refused : Redeemed,
        Outcome = receipt.Error switch { null => AuditOutcome.Ok, "server_error" or "temporarily_unavailable" => AuditOutcome.Error, _ => AuditOutcome.Denied },
        ActorKind = "authserver",
        ActorKey = command.Server.Alias,
        Client = idJag.Client,
        SubjectKey = idJag.SubjectKey,
        AuthServer = command.Server.Issuer.Value,
        // Of an ID-JAG for several servers, the one that the access token is for; if it says another, its word stands in the data alone.
        Resources = receipt.Resource is { } one && idJag.Resources.Contains(one, StringComparer.Ordinal) ? [one] : idJag.Resources,
        Jti = receipt.Jti,
        Reason = receipt.Error is null ? null : Codes.Contains(receipt.Error) ? receipt.Error.ToUpperInvariant() : OtherReason,
        TraceId = command.TraceId,
        Network = command.Network,
        UserAgent = command.UserAgent,
        Data = EventData.Of(Data(receipt, idJag)),
    };

    private static JsonObject Data(Receipt receipt, IssuedIdJag idJag)
    {
        var data = new JsonObject { ["at"] = receipt.At.ToUnixTimeSeconds(), ["issued"] = idJag.Event.ToString("D"), ["receipt"] = receipt.Id.ToString("D") };
        if (receipt.ClientId is not null) data["client_id"] = receipt.ClientId;
        if (receipt.Error is not null) data["error"] = receipt.Error;
        if (receipt.ExpiresIn is { } life) data["expires_in"] = (long)life.TotalSeconds;
        if (receipt.Reason is not null) data["reason"] = receipt.Reason;
        if (receipt.Resource is not null) data["resource"] = receipt.Resource;
        if (receipt.Scope is { IsEmpty: false } scope) data["scope"] = scope.ToString();
        return data;
    }
}
