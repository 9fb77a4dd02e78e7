using System.Net;
using System.Net.Http.Headers;
using IdJagBroker.Hosting;
using IdJagBroker.Policies.Schema;

namespace IdJagBroker.Tests.Policies.Schema;

public sealed class PolicySchemaEndpointTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    [Fact]
    public async Task Serves_the_schema_on_the_management_port_to_everybody()
    {
        var url = new Uri(broker.Management, PolicySchemaEndpoint.Path);
        using var first = await broker.Http.GetAsync(url);
        Assert.Equal((HttpStatusCode.OK, "application/json"), (first.StatusCode, first.Content.Headers.ContentType!.MediaType));
        Assert.Equal(TimeSpan.FromMinutes(5), first.Headers.CacheControl!.MaxAge);
        Assert.Equal(PolicySchema.Text, await first.Content.ReadAsStringAsync());

        using var again = new HttpRequestMessage(HttpMethod.Get, url);
        again.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Parse(first.Headers.ETag!.ToString()));
        using var second = await broker.Http.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    [Fact]
    public async Task Serves_nothing_there_on_the_public_port()
    {
        using var answer = await broker.Http.GetAsync(new Uri(new Uri(broker.Issuer), PolicySchemaEndpoint.Path));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public void Takes_the_catalogue_and_the_rules_of_the_brokers_tests()
    {
        const string hash = "hmac-sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        Assert.Empty(SchemaCheck.Faults(TestPolicies.Catalog(broker, hash, hash.Replace("AA", "BA", StringComparison.Ordinal))));
        Assert.Empty(SchemaCheck.Faults(TestPolicies.Rules));
    }
}
