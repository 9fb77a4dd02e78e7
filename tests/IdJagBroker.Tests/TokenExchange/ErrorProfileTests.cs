using System.Text.Json.Nodes;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.TokenExchange;

/// <summary>The three error profiles over HTTP (D5): the words differ, what is refused and what the log says do not.</summary>
public sealed class ErrorProfileTests(BrokerPostgres postgres)
{
    private static readonly (string Case, string Reason)[] Cases =
    [
        ("bad subject token", "REQ_SUBJECT_TOKEN"), ("another client's token", "REQ_SUBJECT_TOKEN"), ("no rule", "NO_RULE_MATCHED"),
        ("no name there", "NO_SUBJECT_FOR_AUDIENCE"), ("unknown audience", "REQ_UNKNOWN_AUDIENCE"), ("no scope left", "NO_RULE_MATCHED"),
        ("weak sign-in", "AUTH_TOO_WEAK"), ("missing parameter", "INVALID_REQUEST"), ("wrong secret", "REQ_CLIENT_AUTH"),
    ];

    [Theory, Trait("Conflict", "C-01"), Trait("Conflict", "C-02"), Trait("Conflict", "C-27")]
    [InlineData("", "invalid_grant", "invalid_grant", "access_denied", "access_denied")]
    [InlineData("draft-05-proposals", "invalid_grant", "invalid_grant", "access_denied", "access_denied")]
    [InlineData("rfc8693-strict", "invalid_request", "invalid_request", "invalid_target", "invalid_target")]
    [InlineData("legacy-invalid_grant", "invalid_grant", "invalid_grant", "invalid_grant", "invalid_grant")]
    public async Task Says_each_refusal_in_the_words_of_the_profile(string profile, string badToken, string anothers, string noRule, string noName)
    {
        await using var broker = new BrokerFixture(postgres);
        await AudiencesBroker.StartAsync(broker, profile is "" ? [] : [$"--TokenExchange:ErrorProfile={profile}"]);
        string[] expected =
            [badToken, anothers, noRule, noName, "invalid_target", "invalid_scope", "insufficient_user_authentication", "invalid_request", "invalid_client"];

        (await SendAsync(broker, "good")).IsGranted();
        var texts = new Dictionary<string, string>();
        foreach (var ((name, reason), error) in Cases.Zip(expected))
        {
            var answer = await SendAsync(broker, name);
            Assert.Equal((name, error), (name, answer.Error));
            Assert.Equal((name, name is "wrong secret" ? 401 : 400), (name, (int)answer.Status));
            var recorded = await broker.ExplainAsync(answer);
            Assert.Equal((name, reason), (name, (string?)recorded["reason"]));
            texts[name] = (string)answer.Body!["error_description"]!;
        }
        // Collapsed means that not even the text tells a bad token from a person without a right (C-27).
        Assert.Equal(profile is "legacy-invalid_grant", texts["bad subject token"] == texts["no rule"]);
        Assert.Equal(profile is "legacy-invalid_grant", texts["another client's token"] == texts["no rule"]);
    }

    [Fact, Trait("Conflict", "C-01"), Trait("Conflict", "C-02")]
    public async Task Keeps_the_refusal_as_it_was_in_the_log()
    {
        await using var broker = new BrokerFixture(postgres);
        await AudiencesBroker.StartAsync(broker, "--TokenExchange:ErrorProfile=legacy-invalid_grant");

        Assert.Equal("access_denied", (string?)(await broker.ExplainAsync(await SendAsync(broker, "no rule")))["data"]!["error"]);
    }

    private static Task<TokenAnswer> SendAsync(BrokerFixture broker, string name)
    {
        (string, string?)[] at = [("audience", "https://required.example"), ("resource", "https://mcp.required.example/"), ("scope", "read")];
        string Token(Action<JsonObject> change) => broker.IdToken((_, claims) => change(claims));
        return broker.Token.ExchangeAsync([.. at, .. name switch
        {
            "good" => [],
            "bad subject token" => [("subject_token", Token(claims => claims["exp"] = 1))],
            "another client's token" => [("subject_token", Token(claims => claims["aud"] = "editor-at-okta"))],
            "no rule" => [("subject_token", Token(claims => claims["groups"] = new JsonArray()))],
            "no name there" => [("audience", "https://both.example"), ("resource", "https://mcp.both.example/")],
            "unknown audience" => [("audience", "https://unknown.example")],
            "no scope left" => [("scope", "write")],
            "weak sign-in" => [("audience", "https://strong.example"), ("resource", "https://mcp.strong.example/")],
            "missing parameter" => [("subject_token_type", null)],
            "wrong secret" => ((string, string?)[])[("client_secret", "wrong")],
            _ => throw new ArgumentOutOfRangeException(nameof(name)),
        }]);
    }
}
