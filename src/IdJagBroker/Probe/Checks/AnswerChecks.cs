using IdJagBroker.Protocol;
using static IdJagBroker.Probe.Severity;

namespace IdJagBroker.Probe.Checks;

/// <summary>The answer to a good ID-JAG (ID-JAG §4.4.2, RFC 6749 §5.1).</summary>
internal static class AnswerChecks
{
    /// <summary>The one that all the others hang on.</summary>
    public const string Redeems = "good.redeem";

    public static IReadOnlyList<ProbeCheck> All { get; } =
    [
        new(Redeems, Must, ["RAS-02", "RAS-41", "ID-JAG §4.4"], "a good ID-JAG", "See the likely causes below.", RedeemAsync),
        Make("good.json", Must, ["RAS-41", "RFC 6749 §5.1"], "its media type", "Send the answer as application/json.", answer => answer.MediaType is "application/json", answer => $"It comes as {Wording.Printable(answer.MediaType ?? "nothing that is named")}."),
        new("good.token-type", Must, ["RAS-41", "RFC 6749 §5.1", "RFC 9449 §5"], "token_type", "Say Bearer, or DPoP if, and only if, the access token is bound to a key.", Look((session, answer) =>
            Verdict.Of(string.Equals(answer.Text("token_type"), session.Setup.Dpop ? "DPoP" : "Bearer", StringComparison.OrdinalIgnoreCase), $"It is \"{Wording.Printable(answer.Text("token_type") ?? "(nothing)")}\".", answer))),
        Make("good.expires-in", Should, ["RAS-41", "RFC 6749 §5.1"], "expires_in", "Say in expires_in, a number, for how many seconds the access token lives: clients ask again in time.",
            answer => answer.Number("expires_in") is > 0, _ => "It is missing, or no positive whole number."),
        Make("good.short-lived", Should, ["AT-11", "MCP SECC"], "expires_in", "Let access tokens live for an hour at the most: nobody can take them back, and a new ID-JAG is a request away.",
            answer => answer.Number("expires_in") is null or <= 3600, answer => $"They live for {answer.Number("expires_in")} s."),
        Make("good.no-store", Must, ["RAS-41", "RFC 6749 §5.1"], "Cache-Control", "Send Cache-Control: no-store with every answer that holds a token.",
            answer => answer.CacheControl?.Split(',', StringSplitOptions.TrimEntries).Contains("no-store", StringComparer.OrdinalIgnoreCase) ?? false, _ => "The answer may be cached."),
        Make("good.no-refresh-token", Should, ["RAS-43", "ID-JAG §4.4.3"], "whether there is a refresh_token", "Issue no refresh token for this grant: with one, a person lives on here whom the enterprise has removed.",
            answer => !answer.Has("refresh_token"), _ => "There is a refresh_token."),
        Make("good.only-an-access-token", Must, ["RAS-44", "RFC 7523 §2.1"], "whether there is more than an access token", "Leave issued_token_type and id_token out: they belong to token exchange and to OpenID Connect.",
            answer => !answer.Has("issued_token_type") && !answer.Has("id_token"), _ => "There is an issued_token_type or an id_token."),
        Make("good.no-cookie", Should, ["RAS-46", "ID-JAG §4.1"], "whether there is a cookie", "Start no session in this flow: there is no browser, and a cookie would be a second credential.", answer => !answer.SetsCookie, _ => "It sets a cookie."),
        new("good.scope", Must, ["RAS-42", "RAS-37", "RFC 6749 §5.1"], "scope", "Grant no more than the ID-JAG says, and say in scope what was granted, in one string.", Look(Scope)),
        new("good.resource", Should, ["RAS-42", "C-06", "ID-JAG §4.4.1"], "resource", "Say in resource for which MCP server the access token is: the value of the ID-JAG.", Look((session, answer) =>
            Verdict.Of(answer.Text("resource") is { } said && ResourceIndicator.TryParse(said, out var one) && ResourceIndicator.TryParse(session.Setup.Resource, out var other) && one.Equals(other), "It is missing, or another one.", answer))),
    ];

    /// <summary>Looks at the first good answer.</summary>
    public static Func<ProbeSession, CancellationToken, Task<Verdict>> Look(Func<ProbeSession, TokenAnswer, Verdict> look) =>
        (session, _) => Task.FromResult(session.Good is { IsIssued: true } good ? look(session, good) : Verdict.Unproven("There is no answer to look at."));

    private static ProbeCheck Make(string id, Severity severity, string[] rules, string looked, string fix, Func<TokenAnswer, bool> holds, Func<TokenAnswer, string> broken) =>
        new(id, severity, rules, looked, fix, Look((_, answer) => Verdict.Of(holds(answer), holds(answer) ? "" : broken(answer), answer)));

    private static async Task<Verdict> RedeemAsync(ProbeSession session, CancellationToken ct)
    {
        session.Good = await session.RedeemAsync(session.IdJag(), null, ct);
        return Granted.Judge(session.Good);
    }

    private static Verdict Scope(ProbeSession session, TokenAnswer answer)
    {
        if (!answer.Has("scope")) return Verdict.Pass(answer, "It is absent, which means: as in the ID-JAG.");
        return answer.Text("scope") is { } text && ScopeSet.TryParse(text, out var granted)
            ? Verdict.Of(granted.IsSubsetOf(session.Setup.Scope), $"Beyond the ID-JAG: {Wording.Printable(granted.Except(session.Setup.Scope).ToString())}.", answer) : Verdict.Broken("It is no string of scopes.", answer);
    }
}
