using System.Net;

namespace IdJagBroker.Tests.Audit.Api;

/// <summary>What <c>GET /admin/v1/audit/stats</c> does not count.</summary>
public sealed class StatsQuestionTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    [Theory]
    [InlineData("by=colour", "by", 1)]
    [InlineData("by=client,colour", "by", 8)]
    [InlineData("step=2h", "step", 1)]
    [InlineData("step=5m&from=-25h", "step", 1)]
    [InlineData("people=false", "people", 1)]
    [InlineData("people=true&step=1h", "step", 1)]
    [InlineData("people=true&by=reason", "by", 1)]
    [InlineData("people=true&outcome=ok", "outcome", 1)]
    [InlineData("subject=s_1", "subject", 1)]
    [InlineData("from=-801d", "from", 1)]
    [InlineData("from=2100-01-01", "from", 1)]
    [InlineData("unused=90", "unused", 3)]
    [InlineData("unused=x", "unused", 1)]
    [InlineData("unused=90d&by=client", "by", 1)]
    public async Task Says_what_is_wrong_with_what_is_asked(string query, string parameter, int column) =>
        (await new AuditDesk(broker).GetAsync("stats?" + query)).IsRefused(HttpStatusCode.BadRequest, "invalid-request", parameter, column);
}
