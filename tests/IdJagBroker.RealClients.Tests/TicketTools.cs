using System.ComponentModel;
using System.Reflection;
using IdJagBroker.McpAuthorization.ResourceServer;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace IdJagBroker.RealClients.Tests;

/// <summary>The tools of the ticket server, each with the scope that it needs beside it; and those that the conformance suite calls by their names, for anybody.</summary>
internal static class TicketTools
{
    public const string Read = "tickets:read";
    public const string Comment = "tickets:comment";

    // One pixel, and no sound at all.
    private static readonly byte[] Png = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");
    private static readonly byte[] Wav = Convert.FromBase64String("UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA=");

    /// <summary>The server as the SDK shows it to clients.</summary>
    public static McpServerOptions ToServer()
    {
        McpServerPrimitiveCollection<McpServerTool> tools = [];
        foreach (var method in typeof(TicketTools).GetMethods(BindingFlags.NonPublic | BindingFlags.Static))
            if (method.IsDefined(typeof(McpServerToolAttribute))) tools.Add(McpServerTool.Create(method));
        return new McpServerOptions { ServerInfo = new Implementation { Name = "tickets", Version = "1.0" }, ToolCollection = tools, ScopeRequests = false };
    }

    [McpServerTool(Name = "tickets.list", ReadOnly = true), Description("Lists your tickets."), ToolScopes(Read)]
    private static string List(RequestContext<CallToolRequestParams> call) => $"#1 for {call.User!.FindFirst("sub")!.Value}";

    [McpServerTool(Name = "tickets.comment"), Description("Comments ticket 1."), ToolScopes(Comment)]
    private static string AddComment([Description("What to say.")] string text) => $"#1: {text}";

    [McpServerTool(Name = "help", ReadOnly = true), Description("Says what there is."), AnyTokenTool]
    private static string Help() => "tickets.list, tickets.comment";

    [McpServerTool(Name = "test_simple_text"), Description("Returns text."), AnyTokenTool]
    private static string SimpleText() => "This is a simple text response for testing.";

    [McpServerTool(Name = "test_image_content"), Description("Returns an image."), AnyTokenTool]
    private static ContentBlock Image() => ImageContentBlock.FromBytes(Png, "image/png");

    [McpServerTool(Name = "test_audio_content"), Description("Returns a sound."), AnyTokenTool]
    private static ContentBlock Audio() => AudioContentBlock.FromBytes(Wav, "audio/wav");

    [McpServerTool(Name = "test_embedded_resource"), Description("Returns a resource."), AnyTokenTool]
    private static ContentBlock Embedded() => new EmbeddedResourceBlock
    {
        Resource = new TextResourceContents { Uri = "test://embedded-resource", MimeType = "text/plain", Text = "This is an embedded resource content." },
    };

    [McpServerTool(Name = "test_multiple_content_types"), Description("Returns several kinds of content."), AnyTokenTool]
    private static IEnumerable<ContentBlock> Mixed() =>
    [
        new TextContentBlock { Text = "Multiple content types test:" },
        Image(),
        new EmbeddedResourceBlock { Resource = new TextResourceContents { Uri = "test://mixed-content-resource", MimeType = "application/json", Text = """{"test":"data","value":123}""" } },
    ];

    [McpServerTool(Name = "test_error_handling"), Description("Fails."), AnyTokenTool]
    private static string Fail() => throw new McpException("This tool intentionally returns an error for testing");

#pragma warning disable MCP9005 // sampling is on its way out, but it is what the suite asks for
    [McpServerTool(Name = "test_missing_capability"), Description("Needs a client that can ask a model."), AnyTokenTool]
    private static string AskTheClient() => throw new MissingRequiredClientCapabilityException(new ClientCapabilities { Sampling = new SamplingCapability() });
#pragma warning restore MCP9005

    // The guard reads the request, but it must not hold back the events of the answer.
    [McpServerTool(Name = "test_tool_with_progress"), Description("Reports its progress."), AnyTokenTool]
    private static async Task<string> ReportAsync(IProgress<ProgressNotificationValue> progress, CancellationToken ct)
    {
        foreach (var done in new[] { 0, 50, 100 })
        {
            progress.Report(new ProgressNotificationValue { Progress = done, Total = 100 });
            await Task.Delay(20, ct);
        }
        return "Done.";
    }
}
