using IdJagBroker.Browser.Tests.Harness;

namespace IdJagBroker.Browser.Tests.SigningIn;

/// <summary>Scenarios at the broker: what people do at its pages and at their provider's.</summary>
public abstract class SignInScenario(Chromium chromium, Enterprise enterprise) : Scenario(chromium), IClassFixture<Enterprise>
{
    /// <summary>The broker's session, as the browser keeps it.</summary>
    internal const string SessionCookie = "__Host-idjag-session", ProviderCookie = "__Host-idjag-provider";

    internal Enterprise Enterprise { get; } = enterprise;

    /// <summary>The site of the broker, for <see cref="Page.PlacesAsync"/>.</summary>
    internal string AtAcme => new Uri(Enterprise.Acme.Issuer).GetLeftPart(UriPartial.Authority);

    /// <summary>Fills in the provider's login form and sends it.</summary>
    internal async Task LogInAsync(Page page, string userName)
    {
        await page.FillAsync("User name", userName);
        await page.FillAsync("Password", Enterprise.Password);
        await page.PressButtonAsync("Sign in");
    }

    /// <summary>Somebody signs in to an application, from the beginning to its end.</summary>
    internal async Task<(Visitor, Page)> SignedInAsync(Application application, string userName)
    {
        var (person, attempt) = (await SomebodyAsync(), await application.AskAsync());
        var page = await person.OpenAsync(attempt.Url);
        await page.SeesHeadingAsync(Enterprise.AcmeLogin);
        await LogInAsync(page, userName);
        await page.SeesHeadingAsync(Application.Heading);
        return (person, page);
    }

    /// <summary>The application hears that nobody signed in (RFC 6749 §4.1.2.1), from whom (RFC 9207).</summary>
    internal async Task IsRefusedAsync(SignInAttempt attempt, string error)
    {
        var answer = await attempt.AnswerAsync();
        Assert.Equal((error, null, attempt.State, Enterprise.Broker), (answer.Error, answer.Code, answer.State, answer.Issuer));
    }

    /// <summary>The application gets an ID Token of the broker's for this sign-in.</summary>
    internal async Task<string> IsSignedInAsync(SignInAttempt attempt, Application application)
    {
        var answer = await attempt.AnswerAsync();
        Assert.Equal((null, attempt.State, Enterprise.Broker), (answer.Error, answer.State, answer.Issuer));
        var claims = await attempt.ClaimsAsync();
        Assert.Equal((Enterprise.Broker, application.ClientId, attempt.Nonce), ((string?)claims["iss"], (string?)claims["aud"], (string?)claims["nonce"]));
        return (string)claims["sub"]!;
    }
}
