using System.Diagnostics;
using System.Text.Json.Nodes;
using IdJagBroker.Tests.Admin;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Upstreams.People;

/// <summary>What <c>PersonalDetails:Keep</c> keeps, and what it does not.</summary>
public sealed class PersonalDetailsOptionsTests(BrokerPostgres postgres)
{
    [Fact]
    public async Task Keeps_the_whole_address_only_where_that_is_asked_for()
    {
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync(["--PersonalDetails:Keep=identity_and_address"]);
        var details = await DetailsAsync(broker);

        Assert.Equal("127.0.0.1", (string?)details!["address"]);
    }

    [Fact]
    public async Task Keeps_nothing_where_nothing_is_asked_for()
    {
        await using var broker = new BrokerFixture(postgres);
        await broker.StartAsync(["--PersonalDetails:Keep=none"]);

        Assert.Null(await DetailsAsync(broker));
    }

    [Fact]
    public async Task Does_not_start_with_a_word_that_it_does_not_know()
    {
        await using var broker = new BrokerFixture(postgres);
        await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => broker.StartAsync(["--PersonalDetails:Keep=all"]));
    }

    private static async Task<JsonNode?> DetailsAsync(BrokerFixture broker)
    {
        var jti = (string)(await broker.Token.ExchangeAsync()).IsGranted().IdJag["jti"]!;
        var key = (string)Assert.Single(await broker.AuditAsync($"jti={jti}"))!["subject_key"]!;
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < TimeSpan.FromSeconds(2) && await Sql.ScalarAsync<long>(broker.ConnectionString, "select count(*) from person_detail") is 0) await Task.Delay(25);
        return (await new AdminDesk(broker).GetAsync($"people/{key}", BrokerFixture.ManagementToken)).Body["details"];
    }
}
