using System.Collections.Frozen;
using static IdJagBroker.Audit.Mapping.EventSeverity;

namespace IdJagBroker.Audit.Mapping;

/// <summary>
/// The one table of what our types are in OCSF, CloudEvents and CEF. A type has a row here and a schema in <c>docs/reference/events</c>, or a
/// test fails.
/// </summary>
internal static class EventMappings
{
    private static readonly EventMapping[] Rows =
    [
        new("idjag.issued", OcsfActivity.ServiceTicket, EventEntity.Token, Informational, "ID-JAG issued"),
        new("idjag.denied", OcsfActivity.ServiceTicket, EventEntity.Token, Low, "Token exchange refused"),
        new("idjag.sign_failed", OcsfActivity.Error, EventEntity.Token, Medium, "ID-JAG not signed"),
        new("idjag.redeemed", OcsfActivity.ServiceTicket, EventEntity.Token, Informational, "ID-JAG redeemed"),
        new("idjag.redeem_refused", OcsfActivity.ServiceTicket, EventEntity.Token, Low, "ID-JAG refused at its authorization server"),
        new("idjag.abandoned", OcsfActivity.Error, EventEntity.Token, Low, "ID-JAG recorded and not signed"),

        new("signin.session_started", OcsfActivity.Logon, EventEntity.Person, Informational, "Person signed in"),
        new("signin.session_ended", OcsfActivity.Logoff, EventEntity.Person, Low, "Session ended"),
        new("signin.rechecked", OcsfActivity.OtherOfEntity, EventEntity.Person, Informational, "Identity provider asked again about a person"),
        new("signin.code_issued", OcsfActivity.ServiceTicket, EventEntity.Grant, Informational, "Authorization code issued"),
        new("signin.redeemed", OcsfActivity.ServiceTicket, EventEntity.Token, Informational, "Authorization code redeemed"),
        new("signin.failed", OcsfActivity.Logon, EventEntity.Person, Low, "Sign-in did not go on"),
        new("signin.denied", OcsfActivity.ServiceTicket, EventEntity.Token, Medium, "Authorization code refused"),
        new("signin.sign_failed", OcsfActivity.Error, EventEntity.Token, Medium, "ID Token not signed"),
        new("refresh.rotated", OcsfActivity.ServiceTicket, EventEntity.Token, Informational, "Refresh token used"),
        new("refresh.denied", OcsfActivity.ServiceTicket, EventEntity.Token, Medium, "Refresh token refused"),
        new("refresh.revoked", OcsfActivity.OtherOfEntity, EventEntity.Grant, High, "Refresh tokens revoked"),
        new("refresh.sign_failed", OcsfActivity.Error, EventEntity.Token, Medium, "ID Token not signed"),

        new("admin.signed_in", OcsfActivity.Logon, EventEntity.AdminApi, Informational, "Administrator signed in"),
        new("admin.denied", OcsfActivity.OtherOfEntity, EventEntity.AdminApi, Medium, "Administrator refused"),
        new("admin.sign_failed", OcsfActivity.Error, EventEntity.AdminApi, Medium, "Administrator's token not signed"),
        new("admin.abandoned", OcsfActivity.Error, EventEntity.AdminApi, Low, "Administrator's token recorded and not signed"),

        new("client.created", OcsfActivity.Create, EventEntity.Client, Low, "Client registered"),
        new("client.updated", OcsfActivity.Update, EventEntity.Client, Low, "Client changed"),
        new("client.enabled", OcsfActivity.Enable, EventEntity.Client, Low, "Client enabled"),
        new("client.disabled", OcsfActivity.Disable, EventEntity.Client, Low, "Client disabled"),
        new("client.secret_added", OcsfActivity.Update, EventEntity.Client, Medium, "Client secret added"),
        new("client.secret_retired", OcsfActivity.Update, EventEntity.Client, Low, "Client secret retired"),
        new("client.keys_set", OcsfActivity.Update, EventEntity.Client, Medium, "Client keys set"),
        new("client.deleted", OcsfActivity.Delete, EventEntity.Client, Low, "Client deleted"),
        new("client.keys_changed", OcsfActivity.Update, EventEntity.Client, Medium, "Client published other keys"),
        new("client.document_changed", OcsfActivity.Update, EventEntity.Client, Medium, "Client metadata document changed"),
        new("client.document_held", OcsfActivity.OtherOfEntity, EventEntity.Client, High, "Client metadata document gave up its key"),

        new("authserver.keys_changed", OcsfActivity.Update, EventEntity.AuthorizationServer, Medium, "Authorization server published other keys"),

        new("key.created", OcsfActivity.Create, EventEntity.Key, Low, "Signing key created"),
        new("key.published", OcsfActivity.Enable, EventEntity.Key, Informational, "Signing key published"),
        new("key.activated", OcsfActivity.Activate, EventEntity.Key, Low, "Signing key activated"),
        new("key.rotation_requested", OcsfActivity.Update, EventEntity.Key, Low, "Signing key rotation requested"),
        new("key.retired", OcsfActivity.Deactivate, EventEntity.Key, Low, "Signing key retired"),
        new("key.removed", OcsfActivity.Delete, EventEntity.Key, Informational, "Signing key removed from the JWKS"),
        new("key.revoked", OcsfActivity.Disable, EventEntity.Key, High, "Signing key revoked"),

        new("lock.set", OcsfActivity.Activate, EventEntity.Lock, High, "Issuance locked"),
        new("lock.lifted", OcsfActivity.Deactivate, EventEntity.Lock, Medium, "Lock on issuance lifted"),

        new("policy.activated", OcsfActivity.Activate, EventEntity.Policy, Low, "Policy revision in force"),
        new("policy.published", OcsfActivity.Create, EventEntity.Policy, Medium, "Policy release published"),
        new("policy.approved", OcsfActivity.Enable, EventEntity.Policy, Medium, "Policy release approved"),
        new("policy.rejected", OcsfActivity.OtherOfEntity, EventEntity.Policy, High, "Policy rejected"),
        new("policy.rolled_back", OcsfActivity.Update, EventEntity.Policy, High, "Policy rolled back"),
        new("policy.stale", OcsfActivity.OtherOfEntity, EventEntity.Policy, High, "Source of policies unreachable"),
        new("policy.live_tests", OcsfActivity.OtherOfEntity, EventEntity.Policy, Medium, "Policy tests run on real membership"),

        new("upstream.unreachable", OcsfActivity.Error, EventEntity.Upstream, Medium, "Identity provider unreachable"),
        new("upstream.recovered", OcsfActivity.OtherOfEntity, EventEntity.Upstream, Informational, "Identity provider reachable again"),
        new("upstream.jwks_changed", OcsfActivity.Update, EventEntity.Upstream, Medium, "Identity provider changed its keys"),
        new("upstream.metadata_changed", OcsfActivity.Update, EventEntity.Upstream, High, "Identity provider moved its keys"),

        new("audit.read", OcsfActivity.Read, EventEntity.Log, Low, "Audit log read"),
        new("audit.exported", OcsfActivity.Read, EventEntity.Log, Medium, "Audit log exported"),
        new("audit.revealed", OcsfActivity.Read, EventEntity.Person, Medium, "Personal details shown"),
        new("erasure.executed", OcsfActivity.Delete, EventEntity.Person, Medium, "Person erased"),

        new("log.checkpoint", OcsfActivity.OtherOfEntity, EventEntity.Log, Informational, "Log checkpoint signed"),
        new("log.unreadable", OcsfActivity.Error, EventEntity.Log, High, "Unreadable record in the log"),
        new("log.partition_archived", OcsfActivity.OtherOfEntity, EventEntity.Log, Low, "Month of the log archived"),
        new("log.partition_dropped", OcsfActivity.Delete, EventEntity.Log, Medium, "Month of the log dropped"),
        new("log.hold_placed", OcsfActivity.OtherOfEntity, EventEntity.Log, Medium, "Legal hold placed"),
        new("log.hold_lifted", OcsfActivity.OtherOfEntity, EventEntity.Log, Medium, "Legal hold lifted"),

        new("webhook.created", OcsfActivity.Create, EventEntity.Webhook, Medium, "Webhook created"),
        new("webhook.updated", OcsfActivity.Update, EventEntity.Webhook, Medium, "Webhook changed"),
        new("webhook.deleted", OcsfActivity.Delete, EventEntity.Webhook, Medium, "Webhook deleted"),
        new("webhook.disabled", OcsfActivity.Disable, EventEntity.Webhook, Medium, "Webhook given up"),
        new("webhook.secret_added", OcsfActivity.Update, EventEntity.Webhook, Low, "Webhook secret added"),
        new("webhook.secret_retired", OcsfActivity.Update, EventEntity.Webhook, Low, "Webhook secret retired"),
        new("webhook.replayed", OcsfActivity.OtherOfEntity, EventEntity.Webhook, Low, "Webhook replayed"),
        new("webhook.dead_letter_delivered", OcsfActivity.OtherOfEntity, EventEntity.Webhook, Informational, "Dead letter delivered"),
        new("delivery.failed", OcsfActivity.Error, EventEntity.Webhook, Medium, "Event not delivered"),
    ];

    private static readonly FrozenDictionary<string, EventMapping> ByType = Rows.ToFrozenDictionary(row => row.Type);

    public static IReadOnlyList<EventMapping> All => Rows;

    /// <summary>The row of a type. One of another version, which there is none for, is told as it is called.</summary>
    public static EventMapping Of(string type) => ByType.GetValueOrDefault(type) ?? new(type, OcsfActivity.OtherOfEntity, EventEntity.Log, Low, type);
}
