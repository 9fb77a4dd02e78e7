using IdJagBroker.Discovery;
using IdJagBroker.Policies.Schema;

namespace IdJagBroker.Hosting;

/// <summary><c>GET /schemas/broker-v1.json</c>: the JSON Schema of the policies, for editors. It is the same for everybody and says nothing of this broker.</summary>
internal static class PolicySchemaEndpoint
{
    public const string Path = "/schemas/broker-v1.json";
    private const string CacheFor = "public, max-age=300";

    public static void Map(IEndpointRouteBuilder management) =>
        management.MapGet(Path, (HttpContext http) => PublicDocument.WriteAsync(http, PolicySchema.Utf8, CacheFor));
}
