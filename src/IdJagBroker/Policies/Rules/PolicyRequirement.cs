using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;

namespace IdJagBroker.Policies.Rules;

/// <summary>
/// What a request must bring besides the right person, client and scope: <c>require</c> of an allow rule, which does not match without it, and
/// <c>unless</c> of a deny rule, which does not match with it.
/// </summary>
internal sealed record PolicyRequirement
{
    /// <summary>The <c>acr</c> values, one of which the sign-in must have met, best first; empty: any.</summary>
    public ImmutableArray<string> AcrAnyOf { get; init; } = [];

    /// <summary>One of these methods must be among <c>amr</c>; empty: any.</summary>
    public ImmutableArray<string> AmrAnyOf { get; init; } = [];

    /// <summary>Each of these must be; empty: any.</summary>
    public ImmutableArray<string> AmrAllOf { get; init; } = [];

    /// <summary>How long ago the sign-in may be.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>How the client must authenticate.</summary>
    public ClientAuth? ClientAuth { get; init; }

    /// <summary>Whether the client must bind the token to a key (RFC 9449).</summary>
    public bool Dpop { get; init; }

    /// <summary>Whether the request must name its <c>resource</c>: no token for whatever the server has.</summary>
    public bool Resource { get; init; }

    /// <summary>The networks, in one of which the caller must be; empty: anywhere.</summary>
    public ImmutableArray<IPNetwork> CidrAnyOf { get; init; } = [];

    /// <summary>The networks in which the caller must not be.</summary>
    public ImmutableArray<IPNetwork> CidrNoneOf { get; init; } = [];

    /// <summary>By claim about the device, its values in the subject token.</summary>
    public FrozenDictionary<string, SetCondition> Device { get; init; } = FrozenDictionary<string, SetCondition>.Empty;

    /// <summary>Whether nothing is asked.</summary>
    public bool IsNothing => !AsksSignIn && ClientAuth is null && !Dpop && !Resource && CidrAnyOf.IsEmpty && CidrNoneOf.IsEmpty && Device.Count is 0;

    /// <summary>Whether anything is asked of the sign-in.</summary>
    public bool AsksSignIn => !AcrAnyOf.IsEmpty || !AmrAnyOf.IsEmpty || !AmrAllOf.IsEmpty || MaxAge is not null;
}
