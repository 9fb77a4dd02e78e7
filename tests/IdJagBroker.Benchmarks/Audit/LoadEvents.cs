using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Audit;

namespace IdJagBroker.Benchmarks.Audit;

/// <summary>Events like those of an enterprise: 10,000 people, 200 clients, 200 MCP servers, one refusal in twenty.</summary>
internal static class LoadEvents
{
    private static readonly EventData[] Data = [.. Enumerable.Range(0, 200).Select(n => EventData.Of(new JsonObject
    {
        ["claims"] = new JsonObject
        {
            ["acr"] = "phr", ["amr"] = new JsonArray("hwk", "mfa"), ["aud"] = $"https://as{n}.example", ["auth_time"] = 1795241630, ["client_id"] = $"cl_{n}_7hQ2notes",
            ["exp"] = 1795241930, ["iat"] = 1795241630, ["iss"] = "https://idjag.acme.example", ["jti"] = "01a1fcbbd6e2gvocJqWhPJFAInf0DKqYVL9s7Tk",
            ["resource"] = $"https://mcp{n}.example/mcp", ["scope"] = "notes:read notes:write", ["sub"] = "lksGjSsMa6ZRZ7M-mM0gIg",
        },
        ["facts"] = new JsonObject { ["acr"] = "phr", ["auth_time"] = 1795241630, ["client_auth"] = "private_key_jwt", ["dpop"] = false, ["upstream"] = "okta" },
        ["request"] = new JsonObject { ["audience"] = $"https://as{n}.example", ["scope"] = "notes:read notes:write" },
        ["rules"] = new JsonArray("engineers-take-notes"),
        ["signing_input_sha256"] = "be28db616c9cb75875c3bc9ace6fd15d0ea6eff58266f7fd5caabf7967a3b0c3",
    }))];

    private static readonly EventData ShortData = EventData.Of(new JsonObject { ["rules"] = new JsonArray("engineers-take-notes") });

    public static string Person(long n) => $"s_person{n % 10_000:D5}abcdefgh";

    public static string Client(long n) => $"client-{n * 7 % 200}";

    public static string Resource(long n) => $"https://mcp{n * 13 % 200}.example/mcp";

    public static AuditEvent Issued(long n, DateTimeOffset at) => new()
    {
        Id = Guid.CreateVersion7(at), OccurredAt = at, Type = "idjag.issued", Outcome = AuditOutcome.Ok, ActorKind = "client", ActorKey = Client(n), Client = Client(n),
        SubjectKey = Person(n * 31), AuthServer = $"https://as{n * 13 % 200}.example", Resources = [Resource(n)], Jti = Jti(n, at), Kid = "KkDAUzujcdvqyhsYXpk86YdVYTv5NZ6Q_-st7KMxceg",
        PolicyRevision = "sha256:212273d0e62fea5b521260ff80614939370f77afee39377d8cb74a4fe7ddee85", TraceId = "6cfadad606ba4ad07405e272f5aca79d", Network = "192.0.2.0/24",
        UserAgent = "agent/1.0", Data = Data[n * 13 % 200],
    };

    /// <summary>As short as an event can be that says who got what and why: so that thirty million fit on a disk.</summary>
    public static AuditEvent Any(long n, DateTimeOffset at) => n % 20 is 0
        ? Short(n, at) with { Type = "idjag.denied", Outcome = AuditOutcome.Denied, Jti = null, Kid = null, Reason = n % 100_000 is 0 ? "REQ_SUBJECT_TOKEN" : "NO_RULE_MATCHED" }
        : Short(n, at);

    private static AuditEvent Short(long n, DateTimeOffset at) => Issued(n, at) with { Data = ShortData, TraceId = null, Network = null, UserAgent = null };

    /// <summary>As the broker makes them: the time first, and then what has no order.</summary>
    public static string Jti(long n, DateTimeOffset at) =>
        string.Concat($"{at.ToUnixTimeMilliseconds():x12}", Convert.ToBase64String(Encoding.ASCII.GetBytes($"{n * 2_654_435_761 % 4_294_967_291:x8}{n:x12}")).AsSpan(0, 27));
}
