using IdJagBroker.Policies.Decisions;

namespace IdJagBroker.Audit;

/// <summary>
/// What is known of one token request so far. Each step of the walk adds its part, so that a refusal at any step is recorded with
/// all that was known by then; nothing is decided from it.
/// </summary>
internal sealed class IssuanceAttempt(Guid decisionId, string? traceId, string? network, string? userAgent)
{
    /// <summary>Names the record; a refused client is told it.</summary>
    public Guid DecisionId { get; } = decisionId;

    public string? TraceId { get; } = traceId;

    /// <summary>The caller's network, /24 or /48: never the whole address.</summary>
    public string? Network { get; } = network;

    public string? UserAgent { get; } = userAgent;

    /// <summary>Of which family its events are: <c>idjag</c> for a token exchange, <c>admin</c> for access to the admin API.</summary>
    public string Family { get; init; } = "idjag";

    /// <summary>The administrator; set as soon as the request names a known one, authenticated or not.</summary>
    public Administrator? Administrator { get; set; }

    /// <summary>The client's alias; set as soon as the request names a known client, authenticated or not.</summary>
    public string? Client { get; set; }

    /// <summary>The address of the client's metadata document, if that is its id: one alias may stand for all of a host.</summary>
    public string? ClientDocument { get; set; }

    /// <summary>How the client proved itself; null until it did.</summary>
    public string? ClientAuthentication { get; set; }

    /// <summary>What may be used once: the client assertion, then the DPoP proof. Claimed in the transaction that records the outcome.</summary>
    public IReadOnlyList<ReplayKey> Uses { get; set; } = [];

    /// <summary>
    /// The first of those that had been used before, as the record of a refusal found out. The client hears of that and nothing else: what
    /// comes later in the walk is not for whoever replays a stolen assertion (requirements §0.3).
    /// </summary>
    public ReplayKey? Replayed { get; set; }

    /// <summary>The thumbprint of the key that the client proved to hold.</summary>
    public string? KeyThumbprint { get; set; }

    /// <summary>The audience as requested; client input.</summary>
    public string? RequestedAudience { get; set; }

    public IReadOnlyList<string> RequestedResources { get; set; } = [];

    public string? RequestedScope { get; set; }

    /// <summary>The issuer of the resolved authorization server.</summary>
    public string? AuthServer { get; set; }

    /// <summary>The registered URIs of the resolved resources.</summary>
    public IReadOnlyList<string> Resources { get; set; } = [];

    /// <summary>The alias of the upstream whose token was presented.</summary>
    public string? Upstream { get; set; }

    public string? SubjectKey { get; set; }

    /// <summary>The session at this issuer that it is about; null where the person signed in elsewhere.</summary>
    public string? Session { get; set; }

    public DateTimeOffset? AuthTime { get; set; }

    public string? Acr { get; set; }

    public IReadOnlyList<string> Amr { get; set; } = [];

    public string? PolicyRevision { get; set; }

    /// <summary>The id of the lock that stopped it.</summary>
    public string? Lock { get; set; }

    /// <summary>The stable ids of all groups that the upstream stated.</summary>
    public IReadOnlyList<string> GroupIds { get; set; } = [];

    /// <summary>What the policy decided on; null if it did not come to that.</summary>
    public PolicyInput? Facts { get; set; }

    /// <summary>What the policy decided; null if it did not come to that.</summary>
    public PolicyDecision? Decision { get; set; }
}
