using System.Collections.Immutable;

namespace IdJagBroker.Policies.Linting;

/// <summary>What an authorization server says of itself.</summary>
/// <param name="Fault">Why nothing is known; null: it is.</param>
/// <param name="Scopes">Its <c>scopes_supported</c> (RFC 8414 §2); null: it does not say.</param>
internal sealed record PublishedServer(string? Fault, ImmutableArray<string>? Scopes);
