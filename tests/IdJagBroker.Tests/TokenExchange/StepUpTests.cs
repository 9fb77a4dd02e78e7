using System.Text.Json;
using System.Text.Json.Nodes;

namespace IdJagBroker.Tests.TokenExchange;

/// <summary>Step-up at the token endpoint (IDP-51, IDP-52, C-20): asked for when, and only when, it would help.</summary>
public sealed class StepUpTests(AudiencesBroker audiences) : IClassFixture<AudiencesBroker>
{
    private readonly BrokerFixture _broker = audiences.Broker;

    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    private Task<TokenAnswer> ExchangeAsync(string server, string? acr, int age, params (string, string?)[] changes) => _broker.Token.ExchangeAsync(
    [
        ("audience", $"https://{server}.example"), ("resource", $"https://mcp.{server}.example/"), ("scope", "read"),
        ("subject_token", _broker.IdToken((_, claims) =>
        {
            (claims["acr"], claims["iat"], claims["auth_time"], claims["employee_id"]) = (acr, Now - 5, Now - age, "e-1");
            if (acr is null) claims.Remove("acr");
        })),
        .. changes,
    ]);

    private async Task AsksAsync(TokenAnswer answer, string reason, string? acrValues, int? maxAge)
    {
        answer.IsRefused("insufficient_user_authentication");
        string[] members = [.. acrValues is null ? [] : (string[])["acr_values"], "decision_id", "error", "error_description", .. maxAge is null ? [] : (string[])["max_age"]];
        Assert.Equal(members, answer.Body!.Select(m => m.Key).Order(StringComparer.Ordinal));
        Assert.Equal(acrValues, (string?)answer.Body!["acr_values"]);
        Assert.Equal(maxAge is null ? null : JsonValueKind.Number, answer.Body!["max_age"]?.GetValueKind());
        Assert.Equal(maxAge, (int?)answer.Body!["max_age"]);
        Assert.Equal(reason, (string?)(await _broker.ExplainAsync(answer))["reason"]);
    }

    [Fact, Trait("Spec", "IDP-51")]
    public async Task Asks_for_a_stronger_sign_in_in_one_string()
    {
        await AsksAsync(await ExchangeAsync("strong", "phr", 10), "AUTH_TOO_WEAK", "urn:acme:loa:3 phrh", null);
        await AsksAsync(await ExchangeAsync("strong", null, 10), "AUTH_TOO_WEAK", "urn:acme:loa:3 phrh", null);
        await AsksAsync(await ExchangeAsync("strong", "PHRH", 10), "AUTH_TOO_WEAK", "urn:acme:loa:3 phrh", null);
        (await ExchangeAsync("strong", "phrh", 10)).IsGranted();
        (await ExchangeAsync("strong", "urn:acme:loa:3", 10)).IsGranted();
    }

    [Fact, Trait("Spec", "IDP-34"), Trait("Spec", "IDP-51")]
    public async Task Asks_for_a_fresher_sign_in_than_the_target_takes()
    {
        await AsksAsync(await ExchangeAsync("fresh", "phr", 670), "AUTH_TOO_OLD", null, 600);
        (await ExchangeAsync("fresh", "phr", 650)).IsGranted();             // within a minute of skew
        await AsksAsync(await ExchangeAsync("fresh", "phr", 190, ("resource", "https://fresher.fresh.example/")), "AUTH_TOO_OLD", null, 120);
        await AsksAsync(await ExchangeAsync("fresh", "phr", 670, ("resource", "https://laxer.fresh.example/")), "AUTH_TOO_OLD", null, 600);
        (await ExchangeAsync("fresh", "phr", 170, ("resource", "https://fresher.fresh.example/"))).IsGranted();
    }

    [Fact, Trait("Spec", "IDP-51")]
    public async Task Says_at_once_all_that_a_new_sign_in_must_be()
    {
        await AsksAsync(await ExchangeAsync("both", "pwd", 7200), "AUTH_TOO_WEAK", "phr phrh", 3600);
        await AsksAsync(await ExchangeAsync("both", "pwd", 10), "AUTH_TOO_WEAK", "phr phrh", 3600);
        await AsksAsync(await ExchangeAsync("both", "phr", 7200), "AUTH_TOO_OLD", null, 3600);
        await AsksAsync(await ExchangeAsync("both", "phr", 10, ("resource", "https://high.both.example/")), "AUTH_TOO_WEAK", "phrh", 3600);
        (await ExchangeAsync("both", "phr", 10)).IsGranted();
    }

    [Fact, Trait("Spec", "IDP-51"), Trait("Spec", "IDP-52")]
    public async Task Asks_for_nothing_where_no_sign_in_could_do()
    {
        var answer = await ExchangeAsync("both", "phr", 10, ("resource", "https://odd.both.example/"));

        answer.IsRefused("access_denied");
        Assert.Equal("AUTH_TOO_WEAK", (string?)(await _broker.ExplainAsync(answer))["reason"]);
    }

    [Fact, Trait("Spec", "IDP-52")]
    public async Task Lets_every_other_refusal_win()
    {
        Task<TokenAnswer> TooWeakAndOld(params (string, string?)[] changes) => ExchangeAsync("both", "pwd", 13 * 3600, changes);
        string Token(Action<JsonObject> change) => _broker.IdToken((_, claims) =>
        {
            (claims["acr"], claims["auth_time"], claims["employee_id"]) = ("pwd", Now - (13 * 3600), "e-1");
            change(claims);
        });

        (await TooWeakAndOld()).IsRefused("insufficient_user_authentication");
        (await TooWeakAndOld(("audience", "https://unknown.example"))).IsRefused("invalid_target");
        (await TooWeakAndOld(("resource", "https://mcp.full.example/"))).IsRefused("invalid_target");
        (await TooWeakAndOld(("scope", null))).IsRefused("invalid_scope");
        (await TooWeakAndOld(("scope", "write"))).IsRefused("invalid_scope");
        (await TooWeakAndOld(("client_secret", "wrong"))).IsRefused("invalid_client", System.Net.HttpStatusCode.Unauthorized);
        (await TooWeakAndOld(("subject_token", Token(claims => claims["groups"] = new JsonArray())))).IsRefused("access_denied");
        (await TooWeakAndOld(("subject_token", Token(claims => claims["aud"] = "editor-at-okta")))).IsRefused("invalid_grant");
        var nameless = await TooWeakAndOld(("subject_token", Token(claims => claims.Remove("employee_id"))));
        nameless.IsRefused("access_denied");
        Assert.Equal("NO_SUBJECT_FOR_AUDIENCE", (string?)(await _broker.ExplainAsync(nameless))["reason"]);
    }
}
