using System.Net;
using System.Text.Json.Nodes;
using IdJagBroker.Tests.Audit.Api;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.Tests.Admin;

/// <summary>The description of the admin API is written by hand, and says of every operation that there is, and of no other, how to use it.</summary>
public sealed class OpenApiTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    private static readonly string[] Methods = ["get", "put", "post", "delete", "patch"];

    private async Task<JsonNode> DocumentAsync() => (await new AuditDesk(broker).GetAsync("/admin/v1/openapi.json")).Is(HttpStatusCode.OK).Body;

    private static IEnumerable<(string Path, string Method, JsonNode Operation)> Operations(JsonNode document) =>
        from path in document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        where Methods.Contains(operation.Key)
        select (path.Key, operation.Key, operation.Value!);

    [Fact]
    public async Task Has_every_route_of_the_admin_api_and_no_other()
    {
        var mapped = broker.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/admin/v1", StringComparison.Ordinal))
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Select(method => $"{method} {Plain(endpoint.RoutePattern.RawText!)}"));
        var described = Operations(await DocumentAsync()).Select(operation => $"{operation.Method.ToUpperInvariant()} {operation.Path}");
        Assert.Equal(mapped.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Says_of_every_operation_what_it_does_what_it_takes_and_how_it_refuses()
    {
        var document = await DocumentAsync();
        Assert.Equal("3.1.0", (string?)document["openapi"]);
        var operations = Operations(document).ToList();
        Assert.All(operations, operation =>
        {
            var at = $"{operation.Method} {operation.Path}";
            Assert.True(operation.Operation["summary"] is not null && operation.Operation["operationId"] is not null && operation.Operation["tags"] is not null, at);
            var responses = operation.Operation["responses"]!.AsObject();
            Assert.True(responses.ContainsKey("401"), at);
            Assert.Contains(responses, response => response.Key[0] is '2');
            var inPath = System.Text.RegularExpressions.Regex.Matches(operation.Path, @"\{(\w+)\}").Select(match => match.Groups[1].Value);
            var parameters = (operation.Operation["parameters"]?.AsArray() ?? []).Select(parameter => Resolve(document, parameter!)).ToList();
            Assert.Equal(inPath.Order(), parameters.Where(parameter => (string?)parameter["in"] is "path").Select(parameter => (string)parameter["name"]!).Order());
            Assert.All(parameters, parameter => Assert.True(parameter["schema"] is not null && parameter["description"] is not null, $"{at} {parameter["name"]}"));
        });
        Assert.Equal(operations.Count, operations.Select(operation => (string?)operation.Operation["operationId"]).Distinct().Count());
        Assert.All(References(document), reference => Assert.NotNull(Resolve(document, new JsonObject { ["$ref"] = reference })));
    }

    [Fact]
    public async Task Names_the_filters_that_there_are()
    {
        var document = await DocumentAsync();
        var described = document["paths"]!["/admin/v1/audit/events"]!["get"]!["parameters"]!.AsArray().Select(parameter => (string)Resolve(document, parameter!)["name"]!);
        string[] others = ["from", "to", "limit", "order", "cursor", "follow"];
        Assert.Equal(IdJagBroker.Audit.Api.FilterValue.Rules.Keys.Concat(others).Order(), described.Order());
    }

    [Fact]
    public async Task Is_the_one_in_the_documentation()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "IdJagBroker.sln"))) root = Path.GetDirectoryName(root)!;
        var answer = (await new AuditDesk(broker).GetAsync("/admin/v1/openapi.json")).Is(HttpStatusCode.OK);
        Assert.Equal("application/json", answer.ContentType);
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(root, "docs/reference/openapi.json")), answer.Bytes);
    }

    // Without what only routing reads: a rest of a path, a kind of number.
    private static string Plain(string route) => System.Text.RegularExpressions.Regex.Replace(route.Replace("{**", "{", StringComparison.Ordinal), ":[a-z]+}", "}").TrimEnd('/');

    private static JsonNode Resolve(JsonNode document, JsonNode node)
    {
        if ((string?)node["$ref"] is not { } reference) return node;
        var found = document;
        foreach (var part in reference.Split('/').Skip(1)) found = found[part] ?? throw new InvalidDataException(reference);
        return found;
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(member => member.Key is "$ref" ? [(string)member.Value!] : References(member.Value)),
        JsonArray items => items.SelectMany(References),
        _ => [],
    };
}
