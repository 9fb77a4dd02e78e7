using IdJagBroker.Policies;

namespace IdJagBroker.SignIn.Pages;

/// <summary>The pages of a sign-in that goes well.</summary>
internal static class SignInPages
{
    /// <summary>Where do you sign in?</summary>
    /// <param name="http">The request.</param>
    /// <param name="application">What people read of the application.</param>
    /// <param name="providers">From which to choose.</param>
    /// <param name="linkTo">The address that begins at one.</param>
    public static Task ChooseAsync(HttpContext http, string application, IEnumerable<CatalogIdp> providers, Func<CatalogIdp, string> linkTo)
    {
        var choices = string.Concat(providers.Select(idp => $"""<li><a class="go other" href="{Page.Encode(linkTo(idp))}">{Page.Encode(idp.SignIn!.Name)}</a></li>"""));
        return Page.WriteAsync(http, "Sign in", $"""
            <h1>Sign in</h1>
            <p>to continue to <strong>{Page.Encode(application)}</strong></p>
            <ul aria-label="Ways to sign in">{choices}</ul>
            <p class="small">Your password is asked for there, never here. Your choice is remembered in this browser.</p>
            """);
    }

    /// <summary>Who asks, and where does the answer go? Shown once to each person for an application for which nobody vouches.</summary>
    /// <param name="http">The request.</param>
    /// <param name="application">What it calls itself.</param>
    /// <param name="clientId">Its id.</param>
    /// <param name="place">Where the answer goes.</param>
    /// <param name="action">Where the form is sent.</param>
    /// <param name="attempt">The sign-in.</param>
    public static Task IntroduceAsync(HttpContext http, string application, string clientId, string place, string action, string attempt) => Page.WriteAsync(http, "Is it you who asks?", $"""
        <h1>Continue to {Page.Encode(application)}?</h1>
        <p>An application on your computer or on the web asks to know who you are. You have not used it here before.</p>
        <dl>
        <dt>It calls itself</dt><dd>{Page.Encode(application)}</dd>
        <dt>It is known here as</dt><dd>{Page.Encode(clientId)}</dd>
        <dt>The answer goes to</dt><dd>{Page.Encode(place)}{(IsThisComputer(place) ? " (this computer)" : "")}</dd>
        </dl>
        <form method="post" action="{Page.Encode(action)}">
        <input type="hidden" name="attempt" value="{Page.Encode(attempt)}">
        <button class="go" type="submit" name="answer" value="continue">Continue</button>
        <button class="go other" type="submit" name="answer" value="cancel">Cancel</button>
        </form>
        <p class="small">If you did not just start to sign in there, cancel.</p>
        """);

    /// <summary>Sends the browser on after a form, whose own policy would not let it be redirected to another site.</summary>
    public static Task GoOnAsync(HttpContext http, string application, string location) => Page.WriteAsync(http, "Going on", $"""
        <h1>You are being sent on</h1>
        <p>to <strong>{Page.Encode(application)}</strong>. If nothing happens:</p>
        <a class="go" href="{Page.Encode(location)}">Go on</a>
        """, goesOnTo: location);

    private static bool IsThisComputer(string place) => Uri.TryCreate(place, UriKind.Absolute, out var url) && url.IsLoopback;
}
