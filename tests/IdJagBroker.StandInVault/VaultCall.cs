namespace IdJagBroker.StandIn;

/// <summary>A request that reached the stand-in.</summary>
/// <param name="Operation">Such as <c>sign</c>, <c>get</c>, <c>create</c>.</param>
/// <param name="Token">The bearer token that came with it, or null.</param>
/// <param name="BodyBytes">How much came.</param>
public sealed record VaultCall(string Method, string Path, string Operation, string? Token, int BodyBytes);
