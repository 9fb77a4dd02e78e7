namespace IdJagBroker.Hosting;

/// <summary>Why the admin API refuses (RFC 9457). Holds nothing of what was sent but names.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">The last part of <c>type</c>: closed words for programs.</param>
/// <param name="Title">One sentence for people.</param>
/// <param name="Pointer">The member of the body that is at fault, as a JSON Pointer; null if it is not one member.</param>
internal sealed record Problem(int Status, string Code, string Title, string? Pointer = null)
{
    private const string TypePrefix = "urn:idjag:problem:";

    public static Problem Invalid(string title, string? pointer = null) => new(StatusCodes.Status400BadRequest, "invalid-request", title, pointer);

    public IResult ToResult() => Results.Problem(
        statusCode: Status, type: TypePrefix + Code, title: Title,
        extensions: Pointer is null ? null : new Dictionary<string, object?>
        {
            ["errors"] = new[] { new Dictionary<string, string> { ["pointer"] = "#" + Pointer, ["detail"] = Title } },
        });
}
