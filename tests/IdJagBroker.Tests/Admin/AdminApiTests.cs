using System.Reflection;
using IdJagBroker.Admin;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.Tests.Admin;

/// <summary>No operation is open by oversight.</summary>
public sealed class AdminApiTests(AdminFixture fixture) : IClassFixture<AdminFixture>
{
    [Fact]
    public void Every_endpoint_of_the_management_port_but_health_and_schema_requires_a_scope()
    {
        var endpoints = fixture.Broker.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<ManagementOnly>() is not null).ToList();

        var open = endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<RequiredScope>() is null).Select(endpoint => endpoint.RoutePattern.RawText);
        Assert.Equal(["/health/live", "/health/ready", "/schemas/broker-v1.json"], open.Order(StringComparer.Ordinal));      // and the shape of the files, which the repository has too
        Assert.True(endpoints.Count > 15, "there are more operations than that");
        Assert.All(endpoints.Where(endpoint => !open.Contains(endpoint.RoutePattern.RawText)),
            endpoint => Assert.StartsWith("/admin/v1/", endpoint.RoutePattern.RawText, StringComparison.Ordinal));
    }

    [Fact]
    public void What_changes_something_requires_a_scope_to_write()
    {
        var changing = fixture.Broker.Services.GetRequiredService<EndpointDataSource>().Endpoints
            .Where(endpoint => endpoint.Metadata.GetMetadata<RequiredScope>() is not null && endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods is not ["GET"]).ToList();

        Assert.NotEmpty(changing);
        AdminScope[] forReading = [AdminScope.AuditRead, AdminScope.AuditReveal, AdminScope.ClientsRead, AdminScope.KeysRead, AdminScope.PolicyRead, AdminScope.LocksRead];
        Assert.All(changing, endpoint => Assert.DoesNotContain(endpoint.Metadata.GetMetadata<RequiredScope>()!.Scope, forReading));
    }

    [Fact]
    public void An_operation_that_requires_no_scope_cannot_be_built()
    {
        var forgotten = Assert.Throws<InvalidOperationException>(() => Build(admin => admin.MapGet("/forgotten", () => "")));
        Assert.Contains("/admin/v1/forgotten", forgotten.Message, StringComparison.Ordinal);
        Assert.Single(Build(admin => admin.MapGet("/right", () => "").RequireScope(AdminScope.AuditRead)));
    }

    [Fact]
    public void Knows_a_closed_set_of_scopes_and_all_of_them()
    {
        var declared = typeof(AdminScope).GetProperties(BindingFlags.Public | BindingFlags.Static).Where(property => property.PropertyType == typeof(AdminScope));
        Assert.Equal(declared.Select(property => property.GetValue(null)), AdminScope.All);
        Assert.Equal(
            "audit.read audit.reveal audit.export audit.erase audit.webhooks clients.read clients.write keys.read keys.write policy.read policy.write policy.approve locks.read locks.write sessions.read sessions.write",
            string.Join(' ', AdminScope.All));
    }

    private static IReadOnlyList<Endpoint> Build(Action<RouteGroupBuilder> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        using var app = (IDisposable)builder.Build();
        map(AdminApi.Group((WebApplication)app));
        return [.. ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints)];
    }
}
