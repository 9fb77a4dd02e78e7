using System.Collections.Frozen;

namespace IdJagBroker.Policies.Rules;

/// <summary>Whom a rule is about; all that is written must hold.</summary>
internal sealed record PolicyWho
{
    public bool Everyone { get; init; }

    /// <summary>The aliases of the person's groups.</summary>
    public SetCondition? Groups { get; init; }

    /// <summary>The person, <c>idp|sub</c>.</summary>
    public SetCondition? Subjects { get; init; }

    /// <summary>The alias of the identity provider that vouches for the person.</summary>
    public SetCondition? Idps { get; init; }

    /// <summary>The tenant at that provider: Entra's <c>tid</c>, Google's <c>hd</c>.</summary>
    public SetCondition? Tenants { get; init; }

    /// <summary>By claim: its values in the subject token. Only claims that the provider's entry lists as <c>policyClaims</c>.</summary>
    public FrozenDictionary<string, SetCondition> Claims { get; init; } = FrozenDictionary<string, SetCondition>.Empty;
}
