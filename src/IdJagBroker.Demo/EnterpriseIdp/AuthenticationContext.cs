namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>A way to sign in that a person has enrolled: how strong it is (<c>acr</c>) and by what (<c>amr</c>, RFC 8176).</summary>
internal sealed record AuthenticationContext(string Acr, params IReadOnlyList<string> Amr);
