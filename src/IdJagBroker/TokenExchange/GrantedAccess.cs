using System.Collections.Immutable;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;

namespace IdJagBroker.TokenExchange;

/// <summary>What the policy grants of what was asked.</summary>
/// <param name="Resources">Where, registered.</param>
/// <param name="Scope">What; never empty.</param>
/// <param name="Lifetime">For how long at the most.</param>
/// <param name="Claims">Which claims the rules add to what the authorization server gets anyway.</param>
internal sealed record GrantedAccess(ImmutableArray<CatalogResource> Resources, ScopeSet Scope, TimeSpan Lifetime, ImmutableArray<string> Claims);
