using System.Security.Cryptography;
using System.Text;

namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>A sign-in that waits for its password, and the two random values that tie its page to one browser.</summary>
internal sealed class PendingSignIn(AuthorizationRequest request)
{
    /// <summary>How often a password may be tried before the sign-in has to begin again.</summary>
    public const int MaxAttempts = 5;

    private int _attempts;

    /// <summary>What was asked.</summary>
    public AuthorizationRequest Request { get; } = request;

    /// <summary>Goes into the form.</summary>
    public string FormToken { get; } = RandomName.Create();

    /// <summary>Goes into a cookie: without it a page fetched by an attacker could be filled in by his victim's browser (login CSRF).</summary>
    public string BrowserToken { get; } = RandomName.Create();

    /// <summary>Whether the form comes from the page that was given to this browser.</summary>
    public bool IsFrom(string? formToken, string? browserToken) => Same(FormToken, formToken) & Same(BrowserToken, browserToken);

    /// <summary>Counts one attempt; false if there is none left.</summary>
    public bool TryAttempt() => Interlocked.Increment(ref _attempts) <= MaxAttempts;

    private static bool Same(string expected, string? actual) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(actual ?? ""));
}
