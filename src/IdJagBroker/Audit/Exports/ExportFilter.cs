using System.Text.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Hosting;

namespace IdJagBroker.Audit.Exports;

/// <summary>
/// Which events are exported. Values of one member are alternatives, different members must all hold. It is the line that is asked, never
/// the index beside it: nobody hides an event from an export by changing a column.
/// </summary>
internal sealed record ExportFilter
{
    /// <summary>The most alternatives of one member.</summary>
    public const int MaxValues = 100;

    private const int MaxChars = 2_048;
    private static readonly string[] Outcomes = ["ok", "denied", "error"];

    /// <summary>Everything.</summary>
    public static ExportFilter None { get; } = new();

    /// <summary>The first moment of recording that is asked for.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The first that is not.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Such as <c>idjag.issued</c>, or <c>key.*</c> for a family.</summary>
    public IReadOnlyList<string> Type { get; init; } = [];

    public IReadOnlyList<string> Client { get; init; } = [];

    public IReadOnlyList<string> Outcome { get; init; } = [];

    public IReadOnlyList<string> Resource { get; init; } = [];

    /// <summary>Random keys of people.</summary>
    public IReadOnlyList<string> Subject { get; init; } = [];

    /// <summary>Whether it leaves nothing out between its times: such an export shows that nothing is missing.</summary>
    public bool TakesAll => Type.Count + Client.Count + Outcome.Count + Resource.Count + Subject.Count is 0;

    /// <summary>Reads it from a body. Refuses with 400.</summary>
    public static Outcome<ExportFilter> Read(JsonMembers json)
    {
        Problem? fault = null;
        IReadOnlyList<string> Texts(string name)
        {
            var texts = json.Optional(name) is { ValueKind: JsonValueKind.String } ? [json.Text(name)!] : json.Texts(name) ?? [];
            if (texts.Count > MaxValues || texts.Any(text => text is null or "" || text.Length > MaxChars || text.Contains('\0'))) fault ??= Problem.Invalid($"'{name}' has at most {MaxValues} texts of 1 to {MaxChars} characters.", "/" + name);
            return texts;
        }
        var filter = new ExportFilter
        {
            From = json.Instant("from"), To = json.Instant("to"), Type = Texts("type"), Client = Texts("client"), Outcome = Texts("outcome"), Resource = Texts("resource"), Subject = Texts("subject"),
        };
        if ((json.End() ?? fault ?? filter.Fault()) is { } problem) return problem with { Pointer = problem.Pointer is { } pointer ? "/filter" + pointer : null };
        return filter;
    }

    /// <summary>As it was kept by <see cref="ToJson"/>.</summary>
    /// <exception cref="InvalidDataException">It was not.</exception>
    public static ExportFilter Parse(string json) => Read(new JsonMembers(JsonElement.Parse(json))).IsRefused(out var filter, out var problem) ? throw new InvalidDataException(problem.Title) : filter;

    /// <summary>What is wrong with it, or null.</summary>
    public Problem? Fault()
    {
        if (Outcome.FirstOrDefault(word => !Outcomes.Contains(word)) is not null) return Problem.Invalid("'outcome' is ok, denied or error.", "/outcome");
        if (Type.FirstOrDefault(type => type.AsSpan(0, type.Length - 1).Contains('*') || (type[^1] is '*' && !type.EndsWith(".*", StringComparison.Ordinal))) is not null)
            return Problem.Invalid("'type' is a type such as idjag.issued, or a family such as key.*.", "/type");
        return From >= To ? Problem.Invalid("'to' is not later than 'from'.", "/to") : null;
    }

    /// <summary>Whether it takes an event, but for its time.</summary>
    public bool Takes(EventColumns e) =>
        (Type.Count is 0 || Type.Any(type => type.EndsWith(".*", StringComparison.Ordinal) ? e.Type.AsSpan().StartsWith(type.AsSpan(0, type.Length - 1), StringComparison.Ordinal) : e.Type == type))
        && (Client.Count is 0 || Client.Contains(e.Client)) && (Outcome.Count is 0 || Outcome.Contains(e.Outcome))
        && (Resource.Count is 0 || Array.Exists(e.Resources, Resource.Contains)) && (Subject.Count is 0 || Subject.Contains(e.SubjectKey));

    /// <summary>A JSON object, absent where nothing was asked.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject();
        void Texts(string name, IReadOnlyList<string> values)
        {
            if (values.Count > 0) json[name] = new JsonArray([.. values.Select(value => (JsonNode)value)]);
        }
        Texts("client", Client);
        if (From is { } from) json["from"] = EventTime.Write(from);
        Texts("outcome", Outcome);
        Texts("resource", Resource);
        Texts("subject", Subject);
        if (To is { } to) json["to"] = EventTime.Write(to);
        Texts("type", Type);
        return json;
    }
}
