using IdJagBroker.Demo.EnterpriseIdp.Shapes;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>The provider's URLs, known once it listens.</summary>
internal sealed class IdpIssuers(IdpOptions options, IServer server)
{
    /// <summary>The URL before every path, without a trailing slash.</summary>
    public string BaseUrl => options.BaseUrl ?? server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();

    /// <summary>Whether cookies can be kept to https.</summary>
    public bool IsHttps => BaseUrl.StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    /// <summary>The shapes in use: the provider's and those of single applications.</summary>
    public IEnumerable<IdTokenShape> Shapes =>
        options.Clients.Select(client => client.Shape).OfType<IdTokenShape>().Prepend(options.Shape).DistinctBy(shape => shape.IssuerPath);

    /// <summary>The issuer of a shape.</summary>
    public string Of(IdTokenShape shape) => BaseUrl + shape.IssuerPath;

    /// <summary>The issuer for an application.</summary>
    public string For(IdpClient client) => Of(ShapeFor(client));

    /// <summary>The shape of an application's ID Tokens.</summary>
    public IdTokenShape ShapeFor(IdpClient client) => client.Shape ?? options.Shape;
}
