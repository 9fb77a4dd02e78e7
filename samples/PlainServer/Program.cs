// A plain ASP.NET Core application with an MCP endpoint that takes enterprise-managed authorization.
// What that takes are the calls that are marked with a number; the rest is the application that was there before.
using System.Security.Claims;
using System.Text.Json.Nodes;
using IdJagBroker.McpAuthorization;
using IdJagBroker.McpAuthorization.ResourceServer;
using IdJagBroker.Protocol.Jws;

var builder = WebApplication.CreateBuilder(args);
var address = builder.Configuration["Address"] ?? "http://127.0.0.1:5600";
var mcp = address + "/mcp";
using var key = InProcessSigningKey.CreateEs256();               // ends with the process: in production a key of your vault

builder.Services.AddIdJagAuthorizationServer(server =>                                                            // 1: redeems ID-JAGs
{
    (server.Issuer, server.SigningKey) = (address, key);
    server.TrustedIssuers.Add(new TrustedIssuer { Issuer = builder.Configuration["Broker"] ?? "http://127.0.0.1:5400" });
    server.Resources.Add(new ProtectedResource { Resource = mcp, Scopes = ["tickets:read", "tickets:close"] });
    server.Clients.Add(new IdJagClient { ClientId = "notes-app", Secret = builder.Configuration["NotesAppSecret"] });
});
builder.Services.AddMcpResourceServer(server =>                                                                   // 2: guards the endpoint
{
    (server.Resource, server.AuthorizationServer) = (mcp, address);
    server.ToolsOf<TicketTools>();
});

var app = builder.Build();
app.MapIdJagAuthorizationServer();                                                                                // 3
app.MapMcpResourceServer();                                                                                       // 4
app.MapPost("/mcp", (JsonObject message, ClaimsPrincipal user) => TicketTools.Handle(message, user)).RequireMcpAuthorization();   // 5
app.MapGet("/", () => "Tickets: an MCP server is at /mcp.");
app.Run();

/// <summary>The tools, each with what it asks of a token. With an MCP SDK they are its [McpServerTool] methods, which have the names, and its handler is mapped at /mcp.</summary>
internal sealed class TicketTools
{
    private static readonly List<string> Open = ["T-1: printer on fire", "T-2: coffee cold"];

    [ToolScopes("tickets:read", Tool = "tickets.list")]
    public static string List() => string.Join("; ", Open);

    [ToolScopes("tickets:read", "tickets:close", Tool = "tickets.close")]
    public static string Close(ClaimsPrincipal user)
    {
        if (Open.Count > 0) Open.RemoveAt(0);
        return $"closed by {user.FindFirstValue("sub")}";
    }

    [AnyTokenTool(Tool = "help")]
    public static string Help() => "Ask for tickets.list, or tickets.close.";

    public static IResult Handle(JsonObject message, ClaimsPrincipal user)
    {
        var text = (string?)message["params"]?["name"] switch { "tickets.list" => List(), "tickets.close" => Close(user), _ => Help() };
        return Results.Json(new { jsonrpc = "2.0", id = message["id"], result = new { content = new[] { new { type = "text", text } } } });
    }
}
