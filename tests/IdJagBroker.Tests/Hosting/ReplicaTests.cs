using IdJagBroker.Tests.TokenExchange;

namespace IdJagBroker.Tests.Hosting;

/// <summary>Two processes on one database are one broker: nothing that is true once is true twice.</summary>
public sealed class ReplicaTests(NamingBroker naming) : IClassFixture<NamingBroker>
{
    private BrokerFixture Broker => naming.Broker;

    [Fact, Trait("Spec", "SEC-20")]
    public async Task Lets_one_of_twenty_uses_of_an_assertion_succeed_over_both()
    {
        await using var replica = await Broker.StartReplicaAsync();
        TokenClient[] doors = [Broker.Token, new TokenClient(Broker, replica.Url)];
        for (var round = 0; round < 3; round++)
        {
            var assertion = Broker.Token.Assertion();
            var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => doors[i % 2].ExchangeByAssertionAsync(assertion)));

            Assert.Single(answers, answer => answer.Status is System.Net.HttpStatusCode.OK);
            Assert.Equal(19, answers.Count(answer => answer.Error is "invalid_client"));
        }
    }

    [Theory, Trait("Spec", "JAG-05"), Trait("Spec", "JAG-06")]
    [InlineData(NamingBroker.ByBroker)]
    [InlineData(NamingBroker.Pairwise)]
    public async Task Calls_a_person_the_same_at_both_even_if_they_are_seen_first_at_both_at_once(string audience)
    {
        await using var replica = await Broker.StartReplicaAsync();
        TokenClient[] doors = [Broker.Token, new TokenClient(Broker, replica.Url)];
        for (var round = 0; round < 3; round++)
        {
            var token = Broker.Idp.IdToken("agent-at-okta", "00u-" + Guid.NewGuid());
            var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => doors[i % 2].ExchangeAsync(
                ("audience", audience), ("resource", null), ("scope", "read"), ("subject_token", token))));

            Assert.Single(answers.Select(answer => (string?)answer.IsGranted().IdJag["sub"]).ToHashSet());
            Assert.Single((await Task.WhenAll(answers.Select(answer => Broker.AuditAsync($"jti={answer.IdJag["jti"]}")))).Select(rows => (string?)rows[0]!["subject_key"]).ToHashSet());
        }
    }
}
