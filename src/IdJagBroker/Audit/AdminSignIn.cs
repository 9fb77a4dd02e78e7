using IdJagBroker.Protocol;

namespace IdJagBroker.Audit;

/// <summary>What an administrator is about to be given.</summary>
/// <param name="Attempt">The request; its <see cref="IssuanceAttempt.Administrator"/> has the token's <c>jti</c> as session.</param>
/// <param name="Scope">What the access token is good for.</param>
/// <param name="ExpiresAt">Until when.</param>
internal sealed record AdminSignIn(IssuanceAttempt Attempt, ScopeSet Scope, DateTimeOffset ExpiresAt);
