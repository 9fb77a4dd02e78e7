// An MCP server whose authorization server cannot be changed, or is somebody else's. It stays: whoever comes as before uses /mcp with its tokens. Beside it stands a second
// authorization server, in this application, that redeems ID-JAGs for tokens of a second address of the same MCP server, /enterprise/mcp. An enterprise's clients are told that one.
using System.Security.Claims;
using System.Text.Json.Nodes;
using IdJagBroker.McpAuthorization;
using IdJagBroker.McpAuthorization.ResourceServer;
using IdJagBroker.Protocol.Jws;

var builder = WebApplication.CreateBuilder(args);
var address = builder.Configuration["Address"] ?? "http://127.0.0.1:5601";
var existing = builder.Configuration["ExistingServer"] ?? "http://127.0.0.1:5602";      // signs RFC 9068 access tokens; its keys are found by its metadata
var (before, enterprise) = (address + "/mcp", address + "/enterprise/mcp");
using var key = InProcessSigningKey.CreateEs256();               // ends with the process: in production a key of your vault

void Tools(McpResourceServerOptions server) => server.RequireScope("list", "tickets:read").AllowTool("help");

builder.Services.AddMcpResourceServer(server =>                                          // as before: the tokens of the server that is there
{
    (server.Resource, server.AuthorizationServer) = (before, existing);
    Tools(server);
});
builder.Services.AddIdJagAuthorizationServer(server =>                                   // and now: those of enterprises
{
    (server.Issuer, server.SigningKey) = (address + "/enterprise", key);
    server.TrustedIssuers.Add(new TrustedIssuer { Issuer = builder.Configuration["Broker"] ?? "http://127.0.0.1:5400" });
    server.Resources.Add(new ProtectedResource { Resource = enterprise, Scopes = ["tickets:read"] });
    server.Clients.Add(new IdJagClient { ClientId = "notes-app", Secret = builder.Configuration["NotesAppSecret"] });
});
builder.Services.AddMcpResourceServer(server =>
{
    (server.Resource, server.AuthorizationServer) = (enterprise, address + "/enterprise");
    Tools(server);
});

var app = builder.Build();
app.MapIdJagAuthorizationServer();
app.MapMcpResourceServer();
app.MapPost("/mcp", Handle).RequireMcpAuthorization(before);
app.MapPost("/enterprise/mcp", Handle).RequireMcpAuthorization(enterprise);
app.Run();

// One handler: whoever the token names is whoever it is, by whichever server. The issuer tells two people of one name apart.
static IResult Handle(JsonObject message, ClaimsPrincipal user) => Results.Json(new
{
    jsonrpc = "2.0", id = message["id"],
    result = new { content = new[] { new { type = "text", text = $"{user.FindFirstValue("sub")} of {user.FindFirst("sub")!.Issuer}" } } },
});
