namespace IdJagBroker.Upstreams.Profiles;

/// <summary>
/// PingFederate and PingOne: as OpenID Connect Core, with ID Tokens of five minutes and a <c>typ</c> that an administrator may set to
/// anything or leave out. None is demanded; one that belongs to another kind of token is refused for every provider (IDP-27).
/// </summary>
internal sealed class PingProfile : UpstreamProfile;
