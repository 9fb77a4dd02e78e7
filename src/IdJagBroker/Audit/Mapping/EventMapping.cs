namespace IdJagBroker.Audit.Mapping;

/// <summary>How much an event should worry whoever watches; the numbers are OCSF's.</summary>
internal enum EventSeverity
{
    Informational = 1,
    Low = 2,
    Medium = 3,
    High = 4,
}

/// <summary>What one type of event is called elsewhere.</summary>
/// <param name="Type">Ours.</param>
/// <param name="Activity">OCSF's.</param>
/// <param name="Entity">What kind of thing it is about, for OCSF's Entity Management.</param>
/// <param name="Severity">How much it should worry.</param>
/// <param name="Name">A few words for people: CEF's name, OCSF's message.</param>
internal sealed record EventMapping(string Type, OcsfActivity Activity, EventEntity Entity, EventSeverity Severity, string Name)
{
    /// <summary>CloudEvents' type: ours, with whose it is before it.</summary>
    public string CloudEventType => CloudEvent.TypePrefix + Type;

    /// <summary>CEF's severity, 0 to 10.</summary>
    public int CefSeverity => Severity switch { EventSeverity.Informational => 1, EventSeverity.Low => 3, EventSeverity.Medium => 5, _ => 8 };
}

/// <summary>The kinds of things that events are about, and which member of the event names the thing.</summary>
/// <param name="Kind">In words.</param>
/// <param name="Member">Of the event; within an object, after a dot.</param>
internal sealed record EventEntity(string Kind, string Member)
{
    public static readonly EventEntity Token = new("token", "jti");
    public static readonly EventEntity AdminApi = new("admin API", "log");
    public static readonly EventEntity Client = new("client", "client");
    public static readonly EventEntity AuthorizationServer = new("authorization server", "authserver");
    public static readonly EventEntity Key = new("signing key", "kid");
    public static readonly EventEntity Lock = new("lock", "data.lock");
    public static readonly EventEntity Policy = new("policy", "policy_rev");
    public static readonly EventEntity Log = new("audit log", "log");
    public static readonly EventEntity Person = new("person", "subject_key");
    public static readonly EventEntity Grant = new("grant", "data.grant");
    public static readonly EventEntity Upstream = new("identity provider", "actor.key");
    public static readonly EventEntity Webhook = new("webhook", "data.webhook");
}
