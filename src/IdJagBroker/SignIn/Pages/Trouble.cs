namespace IdJagBroker.SignIn.Pages;

/// <summary>What a person is told when a sign-in does not go on, and what they can do. Nothing of it comes from outside.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Text">What it means, and what to do.</param>
/// <param name="Status">The status.</param>
internal sealed record Trouble(string Title, string Text, int Status = StatusCodes.Status400BadRequest)
{
    public static readonly Trouble UnknownApplication = new("This application is not known here", "The link or the application that brought you here is not registered. Tell your administrator which application it was.");

    public static readonly Trouble WrongAddress = new("The answer would go to the wrong place", "The application asks to be answered at an address that is not registered for it, so nothing was sent there. Tell your administrator which application it was.");

    public static readonly Trouble ApplicationOff = new("This application is switched off", "Your administrator does not let people sign in through it at the moment.", StatusCodes.Status403Forbidden);

    public static readonly Trouble NoDocument = new("The application cannot be looked up", "What it publishes about itself cannot be read at the moment. Try again in a minute.", StatusCodes.Status503ServiceUnavailable);

    public static readonly Trouble Malformed = new("The request cannot be read", "Start again in the application.");

    public static readonly Trouble Over = new("This sign-in is over", "It was finished already, took too long, or was begun in another browser. Go back to the application and start again.");

    public static readonly Trouble ProviderAway = new("Your identity provider cannot be reached", "Nothing is wrong with your account. Try again in a minute.", StatusCodes.Status503ServiceUnavailable);

    public static readonly Trouble ProviderRefused = new("Your identity provider did not finish the sign-in", "Try again. If it stays like this, tell your administrator when it happened.", StatusCodes.Status502BadGateway);

    public static readonly Trouble NotAssigned = new("You are not assigned to this sign-in", "Your identity provider knows you, but your administrator has not given you this sign-in. Ask them, or use another account.", StatusCodes.Status403Forbidden);

    public static readonly Trouble WrongAccount = new("This account cannot be used here", "You are signed in there with an account of another organisation, or a personal one. Use your work account.", StatusCodes.Status403Forbidden);

    public static readonly Trouble Locked = new("Access is stopped", "An administrator has stopped sign-in for you, for this application, or for everybody. Ask them when it goes on.", StatusCodes.Status403Forbidden);

    public static readonly Trouble NoProvider = new("There is nowhere to sign in", "No identity provider is set up for this application. Tell your administrator.", StatusCodes.Status503ServiceUnavailable);

    public static readonly Trouble Unavailable = new("Sign-in is not available", "Something that it needs is away. Try again in a minute.", StatusCodes.Status503ServiceUnavailable);

    public static readonly Trouble TooOften = new("Too many requests", "Wait a moment, then try again.", StatusCodes.Status429TooManyRequests);

    /// <summary>Writes the page.</summary>
    /// <param name="http">The request.</param>
    /// <param name="incident">Names the record, for the administrator; null if there is none.</param>
    /// <param name="actions">What the person can do, first the best.</param>
    public Task WriteAsync(HttpContext http, Guid? incident = null, params (string Text, string Link)[] actions)
    {
        var links = string.Concat(actions.Select((action, i) => $"""<a class="go{(i is 0 ? "" : " other")}" href="{Page.Encode(action.Link)}">{Page.Encode(action.Text)}</a>"""));
        var named = incident is { } id ? $"""<p class="small">For your administrator: {id}</p>""" : "";
        if (Status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests) http.Response.Headers.RetryAfter = "5";
        return Page.WriteAsync(http, Title, $"""<h1 class="bad">{Page.Encode(Title)}</h1><p role="alert">{Page.Encode(Text)}</p>{links}{named}""", Status);
    }
}
