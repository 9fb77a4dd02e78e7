using System.Collections.Immutable;

namespace IdJagBroker.Policies;

/// <summary>What an administrator may do at the admin API: a closed set. None of them contains another.</summary>
internal sealed record AdminScope
{
    private AdminScope(string value) => Value = value;

    /// <summary>Events, proofs and counts.</summary>
    public static AdminScope AuditRead { get; } = new("audit.read");

    /// <summary>Who the people in the events are.</summary>
    public static AdminScope AuditReveal { get; } = new("audit.reveal");

    /// <summary>Bundles for an auditor.</summary>
    public static AdminScope AuditExport { get; } = new("audit.export");

    /// <summary>Forgetting a person.</summary>
    public static AdminScope AuditErase { get; } = new("audit.erase");

    /// <summary>Where events are sent.</summary>
    public static AdminScope AuditWebhooks { get; } = new("audit.webhooks");

    public static AdminScope ClientsRead { get; } = new("clients.read");

    public static AdminScope ClientsWrite { get; } = new("clients.write");

    public static AdminScope KeysRead { get; } = new("keys.read");

    public static AdminScope KeysWrite { get; } = new("keys.write");

    public static AdminScope PolicyRead { get; } = new("policy.read");

    public static AdminScope PolicyWrite { get; } = new("policy.write");

    /// <summary>Letting somebody else's release decide, or not.</summary>
    public static AdminScope PolicyApprove { get; } = new("policy.approve");

    public static AdminScope LocksRead { get; } = new("locks.read");

    /// <summary>Stopping people, clients, servers, keys or everything, and lifting that.</summary>
    public static AdminScope LocksWrite { get; } = new("locks.write");

    /// <summary>Who is signed in, by their keys.</summary>
    public static AdminScope SessionsRead { get; } = new("sessions.read");

    /// <summary>Signing people out.</summary>
    public static AdminScope SessionsWrite { get; } = new("sessions.write");

    public static ImmutableArray<AdminScope> All { get; } =
    [
        AuditRead, AuditReveal, AuditExport, AuditErase, AuditWebhooks, ClientsRead, ClientsWrite, KeysRead, KeysWrite, PolicyRead, PolicyWrite,
        PolicyApprove, LocksRead, LocksWrite, SessionsRead, SessionsWrite,
    ];

    /// <summary>As it is on the wire and in the catalogue.</summary>
    public string Value { get; }

    public override string ToString() => Value;
}
