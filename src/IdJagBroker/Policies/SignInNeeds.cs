using System.Collections.Immutable;

namespace IdJagBroker.Policies;

/// <summary>How strong and how fresh a sign-in must be (<c>requireAcr</c>, <c>maxSignInAge</c> of a server or a resource; IDP-51).</summary>
/// <param name="AnyAcr">The <c>acr</c> values, one of which it must have, best first; empty: any will do.</param>
/// <param name="MaxAge">How long ago it may be, or null: as the identity provider's entry says.</param>
internal sealed record SignInNeeds(ImmutableArray<string> AnyAcr, TimeSpan? MaxAge)
{
    public static SignInNeeds None { get; } = new([], null);

    /// <summary>Whether nothing is asked for.</summary>
    public bool IsNone => AnyAcr.IsEmpty && MaxAge is null;
}
