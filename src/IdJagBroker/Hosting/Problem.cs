using System.Text.Json.Serialization;

namespace IdJagBroker.Hosting;

/// <summary>Why the admin API refuses (RFC 9457). Holds nothing of what was sent but names.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">The last part of <c>type</c>: closed words for programs.</param>
/// <param name="Title">One sentence for people.</param>
/// <param name="Pointer">The member of the body that is at fault, as a JSON Pointer; null if it is not one member.</param>
internal sealed record Problem(int Status, string Code, string Title, string? Pointer = null)
{
    /// <summary>Where in a query parameter the fault is; null if it is not there.</summary>
    public FaultPosition? Position { get; init; }

    /// <summary>What to do instead, in one sentence; null if the title says it.</summary>
    public string? Hint { get; init; }

    /// <summary>Further members, for programs; null if there are none.</summary>
    public IReadOnlyDictionary<string, object?>? Extensions { get; init; }

    private const string TypePrefix = "urn:idjag:problem:";

    public static Problem Invalid(string title, string? pointer = null) => new(StatusCodes.Status400BadRequest, "invalid-request", title, pointer);

    /// <summary>A query parameter that is at fault, and where.</summary>
    public static Problem InvalidParameter(string title, string parameter, int column) => Invalid(title) with { Position = new FaultPosition(parameter, 1, column) };

    public IResult ToResult()
    {
        var extensions = new Dictionary<string, object?>(Extensions ?? new Dictionary<string, object?>());
        if (Pointer is not null) extensions["errors"] = new[] { new Dictionary<string, string> { ["pointer"] = "#" + Pointer, ["detail"] = Title } };
        if (Position is not null) extensions["position"] = Position;
        return Results.Problem(statusCode: Status, type: TypePrefix + Code, title: Title, detail: Hint, extensions: extensions);
    }
}

/// <summary>A place in what was sent. Lines and columns count from 1; a value of a query has one line.</summary>
/// <param name="Parameter">The query parameter.</param>
/// <param name="Line">Of its value.</param>
/// <param name="Column">Of its value, in characters after decoding.</param>
internal sealed record FaultPosition(
    [property: JsonPropertyName("parameter")] string Parameter,
    [property: JsonPropertyName("line")] int Line,
    [property: JsonPropertyName("column")] int Column);
