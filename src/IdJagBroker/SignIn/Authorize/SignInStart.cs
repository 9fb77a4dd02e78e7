using System.Buffers.Text;
using System.Security.Cryptography;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.SignIn.Pages;
using IdJagBroker.SignIn.Providers;
using IdJagBroker.Upstreams;

namespace IdJagBroker.SignIn.Authorize;

/// <summary>Sends a person to an identity provider: to the only one, the one that they chose last, or the one that they choose now.</summary>
internal sealed class SignInStart(Issuer issuer, ProviderDirectory providers, BrowserState browser)
{
    private const string Offline = "offline_access";

    /// <summary>A name that nobody guesses.</summary>
    public static string NewName() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));

    /// <summary>The providers that people of a client may choose from.</summary>
    public static IReadOnlyList<CatalogIdp> ProvidersOf(ClientSignIn client, Catalog catalog) =>
        [.. catalog.Idps.Values.Where(idp => idp.SignIn is not null && (client.Idps.IsEmpty || client.Idps.Contains(idp.Alias, StringComparer.Ordinal))).OrderBy(idp => idp.SignIn!.Name, StringComparer.Ordinal)];

    /// <summary>Begins, or asks where.</summary>
    /// <exception cref="UpstreamUnavailableException">The provider's metadata cannot be had.</exception>
    public async Task BeginAsync(HttpContext http, SignInAttempt attempt, Recipient recipient, Catalog catalog)
    {
        var choices = ProvidersOf(recipient.SignIn, catalog);
        var chosen = choices is [var only] ? only
            : attempt.Prompt.Contains("select_account", StringComparer.Ordinal) ? null
            : OfHint(choices, attempt.LoginHint) ?? choices.FirstOrDefault(idp => idp.Alias == BrowserState.ReadProvider(http));
        if (chosen is not null) await SendAsync(http, attempt, chosen);
        else await ChooseAsync(http, attempt, recipient, choices);
    }

    /// <summary>Asks where.</summary>
    public Task ChooseAsync(HttpContext http, SignInAttempt attempt, Recipient recipient, IReadOnlyList<CatalogIdp> choices)
    {
        browser.WriteAttempt(http, attempt);
        return choices.Count is 0
            ? Trouble.NoProvider.WriteAsync(http)
            : SignInPages.ChooseAsync(http, recipient.Name, choices, idp => SignInPaths.WithProvider(issuer, idp, attempt.Id));
    }

    /// <summary>Sends the browser to a provider (OpenID Connect Core §3.1.2.1), with a nonce, a PKCE challenge and a state of this sign-in's own.</summary>
    /// <inheritdoc cref="BeginAsync" path="/exception"/>
    public async Task SendAsync(HttpContext http, SignInAttempt attempt, CatalogIdp idp)
    {
        var provider = await providers.GetAsync(idp, http.RequestAborted);
        attempt = attempt with { Upstream = idp.Alias, UpstreamNonce = NewName(), UpstreamVerifier = Pkce.NewVerifier() };
        browser.WriteAttempt(http, attempt);
        AuthorizationAnswer.Redirect(http, AddressAt(provider, idp, attempt));
    }

    private string AddressAt(ProviderMetadata provider, CatalogIdp idp, SignInAttempt attempt)
    {
        var forced = attempt.Prompt.Contains("login", StringComparer.Ordinal) || attempt.MaxAgeSeconds is 0;      // OpenID Connect Core §3.1.2.1: the same
        // Google knows no such scope, and a parameter of its own instead; it gives a refresh token when a person first consents.
        var (scopes, asksOffline) = (idp.SignIn!.Scopes, idp.Kind is IdpKind.Google && idp.SignIn.Scopes.Contains(Offline));
        var query = new List<(string Name, string? Value)>
        {
            ("response_type", "code"), ("client_id", idp.SignIn.ClientId), ("redirect_uri", SignInPaths.CallbackOf(issuer, idp)),
            ("scope", (asksOffline ? scopes.Where(scope => scope is not Offline) : scopes).ToString()), ("access_type", asksOffline ? "offline" : null),
            ("state", attempt.Id), ("nonce", attempt.UpstreamNonce), ("code_challenge", Pkce.ChallengeOf(attempt.UpstreamVerifier!)), ("code_challenge_method", Pkce.Method),
            ("prompt", forced ? "login" : attempt.Prompt.Contains("select_account", StringComparer.Ordinal) ? "select_account" : null),
            ("max_age", attempt.MaxAgeSeconds?.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            ("acr_values", attempt.AcrValues.Count is 0 ? null : string.Join(' ', attempt.AcrValues)), ("login_hint", attempt.LoginHint),
        };
        var endpoint = provider.AuthorizationEndpoint.OriginalString;
        return endpoint + (endpoint.Contains('?') ? '&' : '?') + string.Join('&', query.Where(one => one.Value is not null).Select(one => $"{one.Name}={Uri.EscapeDataString(one.Value!)}"));
    }

    // A hint from a stranger chooses among what is registered, and no more.
    private static CatalogIdp? OfHint(IReadOnlyList<CatalogIdp> choices, string? hint)
    {
        var domain = hint?[(hint.LastIndexOf('@') + 1)..];
        return domain is null || domain.Length == hint!.Length ? null : choices.FirstOrDefault(idp => idp.EmailDomains.Contains(domain, StringComparer.OrdinalIgnoreCase));
    }
}
