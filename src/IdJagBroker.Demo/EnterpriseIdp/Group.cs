namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>A group at the provider: the id is stable and is what tokens carry; the name is for people.</summary>
internal sealed record Group(string Id, string Name);
