using IdJagBroker.Hosting;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Hosting;

/// <summary>What stops the start, and in which words.</summary>
public sealed class StartTests(BrokerPostgres postgres)
{
    private async Task<string> FailureOf(params string[] configuration)
    {
        await using var broker = new BrokerFixture(postgres);
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => broker.StartAsync(configuration));
        Assert.True(failure is StartupFailedException or Microsoft.Extensions.Options.OptionsValidationException, failure.ToString());
        return failure.Message;
    }

    [Theory, Trait("Spec", "SEC-01")]
    [InlineData("--Broker:Issuer=http://broker.example", "https")]
    [InlineData("--Broker:Issuer=https://broker.example/?x", "query")]
    [InlineData("--Broker:Issuer=ftp://broker.example", "https")]
    [InlineData("--Broker:PublicUrl=http://0.0.0.0:5400", "loopback only")]
    [InlineData("--Broker:ManagementUrl=http://192.0.2.1:5401", "loopback only")]
    [InlineData("--TokenExchange:IdJagLifetime=00:11:00", "IdJagLifetime")]
    [InlineData("--Audit:CommitDeadline=00:00:10", "CommitDeadline")]
    [InlineData("--Management:TokenHash=plain", "TokenHash")]
    [InlineData("--Keys:Mode=none", "Mode")]
    [InlineData("--Keys:PublishAhead=00:14:59", "PublishAhead")]
    [InlineData("--Keys:RotateEvery=1.00:00:00", "RotateEvery")]
    [InlineData("--Broker:TrustedProxies:0=proxy.example", "TrustedProxies")]
    [InlineData("--Broker:TrustedProxies:0=0.0.0.0/0", "TrustedProxies")]
    [InlineData("--TokenExchange:ErrorProfile=rfc8693", "ErrorProfile")]
    [InlineData("--TokenExchange:ErrorProfile=", "ErrorProfile")]
    [InlineData("--SignIn:IdTokenLifetime=01:00:01", "IdTokenLifetime")]        // a key stays published for that and no longer (KeyTimes.StayPublished)
    [InlineData("--SignIn:SessionLifetime=1.00:00:01", "SessionLifetime")]
    [InlineData("--SignIn:RefreshIdle=00:04:59", "RefreshIdle")]
    [InlineData("--SignIn:RefreshLifetime=60.00:00:01", "RefreshLifetime")]
    [InlineData("--SignIn:RefreshLifetime=07:59:59", "RefreshIdle")]
    [InlineData("--SignIn:IdTokenAlgorithm=HS256", "IdTokenAlgorithm")]
    [InlineData("--RateLimits:ClientPerSecond=0", "ClientPerSecond")]
    [InlineData("--RateLimits:ClientBurst=-1", "ClientBurst")]
    [InlineData("--RateLimits:SubjectPerSecond=0", "SubjectPerSecond")]
    [InlineData("--RateLimits:SubjectBurst=0", "SubjectBurst")]
    [InlineData("--RateLimits:AddressPerSecond=100001", "AddressPerSecond")]
    [InlineData("--RateLimits:AddressBurst=0", "AddressBurst")]
    public async Task Stops_at_a_bad_value(string setting, string saying) =>
        Assert.Contains(saying, await FailureOf(setting), StringComparison.Ordinal);

    [Fact]
    public async Task Keeps_the_management_side_on_a_port_of_its_own() => Assert.Contains(
        "ports of their own", await FailureOf("--Broker:PublicUrl=http://127.0.0.1:5999", "--Broker:ManagementUrl=http://localhost:5999"), StringComparison.Ordinal);

    [Fact, Trait("Spec", "SEC-01"), Trait("Spec", "SEC-28")]
    public async Task Refuses_a_key_file_and_plain_http_outside_development()
    {
        Assert.Contains("Development only", await FailureOf("--environment", "Production", "--Broker:Issuer=https://broker.example"), StringComparison.Ordinal);
        Assert.Contains("https", await FailureOf("--environment", "Production"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stops_at_a_broken_policy_with_file_line_column_caret_and_suggestion()
    {
        await using var broker = new BrokerFixture(postgres);
        var policy = TestPolicies.Rules.Replace("tickets:read, tickets:comment", "tickets:raed, tickets:comment", StringComparison.Ordinal);
        var failure = await Assert.ThrowsAsync<StartupFailedException>(() => broker.StartAsync(policy: policy));

        Assert.Contains("10-rules.yaml:15:26 error SCOPE_UNKNOWN", failure.Message, StringComparison.Ordinal);
        Assert.Contains("did you mean 'tickets:read'?", failure.Message, StringComparison.Ordinal);
        Assert.Contains("^~~~", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_a_condition_of_a_later_version_instead_of_ignoring_it()
    {
        await using var broker = new BrokerFixture(postgres);
        var policy = TestPolicies.Rules + "\n    cel: \"true\"\n";
        var failure = await Assert.ThrowsAsync<StartupFailedException>(() => broker.StartAsync(policy: policy));

        Assert.Contains("FIELD_UNKNOWN", failure.Message, StringComparison.Ordinal);
    }

}
