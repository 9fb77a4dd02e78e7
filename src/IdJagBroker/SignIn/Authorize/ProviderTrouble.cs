using IdJagBroker.Protocol;
using IdJagBroker.SignIn.Pages;

namespace IdJagBroker.SignIn.Authorize;

/// <summary>What is made of a provider's "no": the application hears of what the person decided; the person hears of what the application could do nothing about, and can try again.</summary>
internal sealed class ProviderTrouble(SignInRecord record, BrowserState browser, Issuer issuer)
{
    /// <summary>The provider answered with an error (OpenID Connect Core §3.1.2.6).</summary>
    public Task OfErrorAsync(HttpContext http, SignInAttempt attempt, Recipient recipient, string error, string? description)
    {
        // What Okta and Entra say of a person who exists and may not come in through this application.
        var isNotAssigned = description is not null
            && (description.Contains("not assigned", StringComparison.OrdinalIgnoreCase) || description.Contains("AADSTS50105", StringComparison.Ordinal));
        return error switch
        {
            "access_denied" when isNotAssigned => ShowAsync(http, attempt, recipient, "NOT_ASSIGNED", Trouble.NotAssigned, "the provider says that the person is not assigned"),
            "access_denied" => record.AnswerAsync(http, recipient.Client.Alias, recipient.RedirectUri, attempt.State,
                OAuthError.AccessDenied("the person did not sign in").Because("CANCELLED"), new() { Upstream = attempt.Upstream }),
            "temporarily_unavailable" or "server_error" => ShowAsync(http, attempt, recipient, "UPSTREAM_UNREACHABLE", Trouble.ProviderAway, "the provider says that it is not available"),
            _ => ShowAsync(http, attempt, recipient, "UPSTREAM_REFUSED", Trouble.ProviderRefused, "the provider refused"),
        };
    }

    /// <summary>The ID Token does not stand: of another tenant, or not as it must be.</summary>
    public Task OfTokenAsync(HttpContext http, SignInAttempt attempt, Recipient recipient, OAuthError refusal) =>
        refusal.Detail is { } detail && (detail.StartsWith("tid ", StringComparison.Ordinal) || detail.StartsWith("hd ", StringComparison.Ordinal) || detail.StartsWith("iss is not", StringComparison.Ordinal))
            ? ShowAsync(http, attempt, recipient, "WRONG_ACCOUNT", Trouble.WrongAccount, detail)
            : ShowAsync(http, attempt, recipient, "UPSTREAM_TOKEN_REFUSED", Trouble.ProviderRefused, refusal.Detail);

    /// <summary>Records it and shows it, with ways to go on: again with another account, another way, or back to the application.</summary>
    public Task ShowAsync(HttpContext http, SignInAttempt attempt, Recipient recipient, string reason, Trouble trouble, string? detail)
    {
        var again = attempt with { Id = SignInStart.NewName(), Prompt = ["select_account"], UpstreamNonce = null, UpstreamVerifier = null };
        browser.WriteAttempt(http, again);
        return record.ShowAsync(http, recipient.Client.Alias, reason, trouble, new() { Upstream = attempt.Upstream, Detail = detail },
            ("Try again", SignInPaths.WaysOf(issuer, again.Id)), ($"Back to {recipient.Name}", SignInPaths.ReturnOf(issuer, again.Id)));
    }
}
