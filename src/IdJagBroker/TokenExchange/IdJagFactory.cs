using IdJagBroker.Audiences;
using IdJagBroker.Dpop;
using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Upstreams;
using Microsoft.Extensions.Options;

namespace IdJagBroker.TokenExchange;

/// <summary>Puts the granted, not the requested, into claims (ID-JAG §3.1, IDP-47). Signs nothing.</summary>
internal sealed class IdJagFactory(
    Issuer issuer, SubjectNaming naming, SigningKeyRing keys, IOptions<TokenExchangeOptions> options, TimeProvider clock)
{
    /// <summary>The key that the claims will be signed with: of the algorithm that the audience reads.</summary>
    /// <exception cref="SigningUnavailableException">There is none, or none that is not used up: nothing has been recorded.</exception>
    public ISigningKey KeyFor(ResolvedAudience audience) => keys.For(KeyPurpose.IdJag, audience.AuthorizationServer.Token.Algorithm);

    /// <summary>Refuses with <c>access_denied</c> if the person has no name that this audience understands (JAG-06).</summary>
    public OAuthResult<IdJag> Create(ResolvedAudience audience, VerifiedSubject subject, Person person, GrantedAccess granted, KeyBinding binding)
    {
        if (naming.NameFor(audience.AuthorizationServer, subject, person) is not { } name)
            return OAuthError.AccessDenied("not permitted").Because("NO_SUBJECT_FOR_AUDIENCE", $"the upstream gives no {audience.AuthorizationServer.Subject}");

        var settings = audience.AuthorizationServer.Token;
        var extra = AudienceClaims.Copied(settings, granted, subject, out var email);
        var now = clock.GetUtcNow();
        var issuedAt = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds());
        return new IdJag
        {
            Issuer = issuer.Value,
            Subject = name,
            Audience = audience.AuthorizationServer.Issuer.Value,
            ClientId = audience.ClientIdAtAudience,
            JwtId = JwtIds.Create(now),
            IssuedAt = issuedAt,
            ExpiresAt = issuedAt + Lifetime(audience.AuthorizationServer, granted),
            Resources = granted.Resources.Length == audience.Resources.Length ? audience.ResourceUris : [.. granted.Resources.Select(resource => resource.Uri.Value)],
            Scope = granted.Scope,
            AuthTime = subject.AuthTime,
            Acr = subject.Acr,
            Amr = subject.Amr,
            KeyThumbprint = binding.Thumbprint,
            Tenant = settings.Tenant,
            AudienceTenant = settings.AudienceTenant,
            AudienceSubject = AudienceClaims.AudienceSubject(settings, subject),
            Email = email,
            EmailVerified = email is null ? null : true,        // it was copied because the upstream says so
            ExtraClaims = extra,
        };
    }

    /// <summary>What <c>expires_in</c> says: never more than is left (IDP-56).</summary>
    public TimeSpan RemainingLife(IdJag idJag) =>
        idJag.ExpiresAt - clock.GetUtcNow() is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    private TimeSpan Lifetime(CatalogAuthorizationServer audience, GrantedAccess granted)
    {
        var shortest = options.Value.IdJagLifetime < granted.Lifetime ? options.Value.IdJagLifetime : granted.Lifetime;
        return audience.MaxLifetime is { } limit && limit < shortest ? limit : shortest;
    }
}
