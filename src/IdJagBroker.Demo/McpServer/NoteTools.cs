using System.ComponentModel;
using System.Security.Claims;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace IdJagBroker.Demo.McpServer;

/// <summary>The tools of the notes server. Who calls is what the access token says, never an argument.</summary>
internal sealed class NoteTools(NoteBook book)
{
    public const string List = "notes.list";
    public const string Add = "notes.add";
    public const string Purge = "notes.purge";

    /// <summary>The server as the SDK shows it to clients.</summary>
    public McpServerOptions ToServer() => new()
    {
        ServerInfo = new Implementation { Name = "notes", Version = "1.0" },
        ServerInstructions = "Keeps short notes for the person who is signed in.",
        ToolCollection = ToCollection(),
        ScopeRequests = false,
    };

    private McpServerPrimitiveCollection<McpServerTool> ToCollection() =>
    [
        McpServerTool.Create(ListNotes, new() { Name = List, Description = "Lists your notes, oldest first.", ReadOnly = true, OpenWorld = false }),
        McpServerTool.Create(AddNote, new() { Name = Add, Description = "Adds a note.", Destructive = false, OpenWorld = false }),
        McpServerTool.Create(PurgeNotes, new() { Name = Purge, Description = "Removes everybody's notes.", Destructive = true, OpenWorld = false }),
    ];

    private CallToolResult ListNotes(RequestContext<CallToolRequestParams> call) =>
        new() { Content = [.. book.Of(PersonOf(call)).Select(note => new TextContentBlock { Text = note })] };

    private CallToolResult AddNote(
        RequestContext<CallToolRequestParams> call, [Description("The note's text, at most 2000 characters.")] string text) =>
        book.TryAdd(PersonOf(call), text) is { } refusal ? Say(refusal, isError: true) : Say("Noted.");

    private CallToolResult PurgeNotes(RequestContext<CallToolRequestParams> call)
    {
        _ = PersonOf(call);
        return Say($"Removed {book.Purge()} notes.");
    }

    // Without a person there is nothing to answer: an endpoint that somebody mapped without its guard fails instead of sharing notes.
    private static string PersonOf(RequestContext<CallToolRequestParams> call) =>
        call.User is { Identity.IsAuthenticated: true } user && user.FindFirstValue("sub") is { Length: > 0 } person
            ? person
            : throw new InvalidOperationException("The request was not authorized.");

    private static CallToolResult Say(string text, bool isError = false) => new() { Content = [new TextContentBlock { Text = text }], IsError = isError };
}
