using IdJagBroker.SignIn.Pages;

namespace IdJagBroker.SignIn.Ending;

/// <summary>The pages of signing out.</summary>
internal static class LogoutPages
{
    public static Task ConfirmAsync(HttpContext http, string action, IEnumerable<(string Name, string Value)> parameters)
    {
        var kept = string.Concat(parameters.Select(one => $"""<input type="hidden" name="{Page.Encode(one.Name)}" value="{Page.Encode(one.Value)}">"""));
        return Page.WriteAsync(http, "Sign out", $"""
            <h1>Sign out?</h1>
            <p>Applications that you signed in to here have to ask you to sign in again.</p>
            <form method="post" action="{Page.Encode(action)}">
            {kept}
            <button class="go" type="submit" name="confirm" value="yes">Sign out</button>
            </form>
            <p class="small">To stay signed in, close this page.</p>
            """);
    }

    public static Task SignedOutAsync(HttpContext http) => Page.WriteAsync(http, "Signed out", """
        <h1>You are signed out here</h1>
        <p>You may still be signed in at your identity provider. On a computer that is not yours, sign out there too and close the browser.</p>
        """);
}
