using System.Net;
using System.Net.Http.Headers;
using System.Text;
using IdJagBroker.Audit;
using IdJagBroker.Clients;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.Tests.Clients;

/// <summary>Clients that the catalogue registers as public (C-18): taken by their name, and by nothing else. Nobody who is refused can tell why.</summary>
public sealed class PublicClientTests(PublicClientBroker fixture) : IClassFixture<PublicClientBroker>
{
    private readonly BrokerFixture _broker = fixture.Broker;

    private TokenClient Token => _broker.Token;

    private Task<TokenAnswer> ByNameAsync(string? clientId, params (string, string?)[] changes) =>
        Token.ExchangeAsync([("client_id", clientId), ("client_secret", null), .. changes]);

    private async Task RefusesAsync(Task<TokenAnswer> exchange, string detail)
    {
        var answer = await exchange;
        answer.IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        Assert.Equal((await ByNameAsync("nobody")).Text, answer.Text);
        var recorded = await _broker.ExplainAsync(answer);
        Assert.Equal(("REQ_CLIENT_AUTH", detail), ((string?)recorded["reason"], (string?)recorded["data"]!["detail"]));
    }

    // What it may bring is another matter: here an ID Token of a provider, which a public client never may.
    [Fact, Trait("Spec", "C-18"), Trait("Spec", "IDP-53")]
    public async Task Takes_a_public_client_by_its_name_and_records_that_it_proved_nothing()
    {
        var answer = await ByNameAsync("open");

        answer.IsRefused("invalid_grant");
        var recorded = await _broker.ExplainAsync(answer);
        Assert.Equal(("open", "none", "the client has no subjectTokenAudiences at okta"),
            ((string?)recorded["client"], (string?)recorded["data"]!["facts"]!["client_auth"], (string?)recorded["data"]!["detail"]));
    }

    [Theory, Trait("Spec", "C-18"), Trait("Spec", "IDP-22")]
    [InlineData(BrokerFixture.AgentId)]
    [InlineData(BrokerFixture.EditorId)]
    [InlineData("retired")]
    [InlineData("siem")]
    public async Task Takes_nobody_else_by_their_name(string clientId) => await RefusesAsync(ByNameAsync(clientId), "no credentials");

    [Fact, Trait("Spec", "C-18"), Trait("Spec", "IDP-22")]
    public async Task Takes_no_name_but_the_very_one()
    {
        foreach (var name in (string[])["OPEN", "open ", " open", "op\u0435n", "nobody"]) (await ByNameAsync(name)).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        (await ByNameAsync(null)).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        (await ByNameAsync("")).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
    }

    [Fact, Trait("Spec", "IDP-25")]
    public async Task Tells_nobody_that_a_public_client_is_disabled() => await RefusesAsync(ByNameAsync("shut"), "the client is disabled");

    [Fact, Trait("Spec", "SEC-19"), Trait("Spec", "C-18")]
    public async Task Refuses_a_public_client_that_sends_a_secret()
    {
        await RefusesAsync(ByNameAsync("open", ("client_secret", _broker.Secret)), "wrong secret");
        await RefusesAsync(ByNameAsync("open", ("client_secret", " ")), "wrong secret");
        foreach (var pair in (string[])["open:", "open:" + _broker.Secret])
        {
            var answer = await Token.SendAsync(TokenClient.With(Token.Form(), ("client_id", null), ("client_secret", null)),
                request => request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair))));
            answer.IsRefused("invalid_client", HttpStatusCode.Unauthorized);
            Assert.Equal("wrong secret", (string?)(await _broker.ExplainAsync(answer))["data"]!["detail"]);
        }
    }

    [Fact, Trait("Spec", "SEC-19"), Trait("Spec", "C-18")]
    public async Task Refuses_a_public_client_that_sends_an_assertion()
    {
        var assertion = Token.Assertion((_, claims) => (claims["iss"], claims["sub"]) = ("open", "open"));
        await RefusesAsync(Token.ExchangeByAssertionAsync(assertion), "the client is not registered for private_key_jwt");
        await RefusesAsync(Token.ExchangeByAssertionAsync(assertion, ("client_id", "open")), "the client is not registered for private_key_jwt");
        (await Token.ExchangeByAssertionAsync(assertion, ("client_assertion", null), ("client_id", "open"))).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        (await Token.ExchangeByAssertionAsync(assertion, ("client_assertion_type", null), ("client_id", "open"))).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
    }

    [Fact, Trait("Spec", "POP-12"), Trait("Spec", "C-18")]
    public async Task Demands_a_proof_of_a_public_client_that_must_prove()
    {
        var answer = await ByNameAsync("careful");

        answer.IsRefused("invalid_request");
        Assert.Equal(("DPOP_REQUIRED", "careful"), ((string?)(await _broker.ExplainAsync(answer))["reason"], (string?)(await _broker.ExplainAsync(answer))["client"]));
    }

    // RFC 6749 §4.4: the grant is for who can prove something.
    [Fact, Trait("Spec", "C-18")]
    public async Task Gives_a_public_client_nothing_of_the_admin_api()
    {
        var answer = await ByNameAsync("open", ("grant_type", "client_credentials"), ("scope", "audit.read"));
        answer.IsRefused("unauthorized_client");
        Assert.Equal(("admin.denied", "GRANT_NOT_ALLOWED"), ((string?)(await _broker.ExplainAsync(answer))["type"], (string?)(await _broker.ExplainAsync(answer))["reason"]));
    }

    /// <summary>As <see cref="ClientTimingTests"/>: medians in process, the best of five tries. A secret is hashed whoever is named, and a name alone is looked up the same way.</summary>
    [Theory, Trait("Spec", "SEC-23"), InlineData(true), InlineData(false)]
    public async Task Takes_the_same_time_to_refuse_whoever_is_named(bool withSecret)
    {
        (await ByNameAsync("open")).IsRefused("invalid_grant");
        var clients = _broker.Services.GetRequiredService<ClientAuthenticator>();
        var catalog = _broker.Services.GetRequiredService<ActivePolicy>().Current.Catalog;
        string[] named = withSecret ? ["open", "shut", BrokerFixture.AgentId, "nobody"] : ["shut", BrokerFixture.AgentId, "nobody"];
        var asked = named.Select(name => Credentials(name, withSecret)).ToArray();

        var ratio = double.MaxValue;
        for (var attempt = 0; attempt < 5 && ratio > 2; attempt++)
        {
            var medians = ClientTimingTests.Medians([.. asked.Select(credentials => new Action(() => Assert.True(Refused(credentials))))]);
            ratio = medians.Max() / medians.Min();
        }
        Assert.True(ratio <= 2, $"the slowest takes {ratio:F2} times as long as the fastest");

        bool Refused(ClientCredentials credentials)
        {
            var authentication = clients.AuthenticateAsync<CatalogClient>(credentials, catalog, new IssuanceAttempt(Guid.Empty, null, null, null), default);
            Assert.True(authentication.IsCompletedSuccessfully, "nothing is waited for");
            return authentication.Result.IsRefused(out _, out var refusal) && refusal.Code is "invalid_client";
        }
    }

    private static ClientCredentials Credentials(string clientId, bool withSecret)
    {
        var form = OAuthForm.Parse(Encoding.ASCII.GetBytes($"client_id={clientId}" + (withSecret ? "&client_secret=" + new string('w', 43) : "")));
        Assert.False(form.IsRefused(out var parameters, out _));
        Assert.False(ClientCredentials.Parse(parameters, []).IsRefused(out var credentials, out _));
        return credentials;
    }
}
