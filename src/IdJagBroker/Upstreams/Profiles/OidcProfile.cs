namespace IdJagBroker.Upstreams.Profiles;

/// <summary>Any OpenID provider: OpenID Connect Core as it is written.</summary>
internal sealed class OidcProfile : UpstreamProfile;
