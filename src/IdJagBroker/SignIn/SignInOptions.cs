using System.ComponentModel.DataAnnotations;

namespace IdJagBroker.SignIn;

/// <summary>How long what signing in gives is good for. Bound to <c>SignIn</c>.</summary>
internal sealed class SignInOptions
{
    /// <summary>How long an ID Token of the broker lives, and the access token beside it. An hour at the most: its key stays published for no longer when it signs no more.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "01:00:00")]
    public TimeSpan IdTokenLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long a browser stays signed in: applications that ask meanwhile are answered without the identity provider.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "1.00:00:00")]
    public TimeSpan SessionLifetime { get; set; } = TimeSpan.FromHours(8);

    /// <summary>How long a refresh token lives that nobody uses.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "30.00:00:00")]
    public TimeSpan RefreshIdle { get; set; } = TimeSpan.FromHours(8);

    /// <summary>How long refresh tokens follow each other before the person signs in again.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "60.00:00:00")]
    public TimeSpan RefreshLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>What ID Tokens are signed with. RS256 is what every OpenID client reads (OpenID Connect Core §15.1).</summary>
    [AllowedValues("RS256", "ES256")]
    public string IdTokenAlgorithm { get; set; } = "RS256";
}
