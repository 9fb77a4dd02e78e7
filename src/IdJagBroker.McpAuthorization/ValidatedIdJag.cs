using System.Collections.ObjectModel;
using System.Text.Json;
using IdJagBroker.Protocol;

namespace IdJagBroker.McpAuthorization;

/// <summary>An ID-JAG whose signature, audience, time and client were all found good (ID-JAG §4.4.1).</summary>
/// <param name="Claims">What its issuer says.</param>
/// <param name="Issuer">The issuer, as it is configured here.</param>
/// <param name="Client">The client that presented it.</param>
public sealed record ValidatedIdJag(IdJag Claims, TrustedIssuer Issuer, AuthenticatedClient Client)
{
    /// <summary>What it says of the person, by the names that the issuer's <see cref="SubjectRules.JustInTime"/> allows and no others.</summary>
    public IReadOnlyDictionary<string, JsonElement> Profile { get; init; } = ReadOnlyDictionary<string, JsonElement>.Empty;

    /// <summary>Claims by the names of the issuer's <see cref="TrustedIssuer.AccessTokenClaims"/>, each as JSON text: an access token carries them along (AT-12).</summary>
    public IReadOnlyDictionary<string, string> Carried { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Names the ID-JAG, not the person.</summary>
    public override string ToString() => $"{Claims.Issuer} {Claims.JwtId}";
}
