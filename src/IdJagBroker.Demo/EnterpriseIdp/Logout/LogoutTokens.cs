using System.Text.Json.Nodes;
using IdJagBroker.Demo.EnterpriseIdp.Sessions;

namespace IdJagBroker.Demo.EnterpriseIdp.Logout;

/// <summary>Logout tokens (OpenID Connect Back-Channel Logout §2.4), and whatever else somebody wants to see signed as one.</summary>
internal sealed class LogoutTokens(IdpOptions options, IdpIssuers issuers, IdpPeople people, IdpKeys keys)
{
    private const string Event = "http://schemas.openid.net/event/backchannel-logout";
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);

    /// <summary>The claims that tell a client of the end of a session.</summary>
    public JsonObject Claims(IdpSession session, IdpClient client)
    {
        var now = options.Clock.GetUtcNow();
        return new JsonObject
        {
            ["iss"] = issuers.For(client),
            ["sub"] = issuers.ShapeFor(client).Subject(people[session.PersonId], client.ClientId),
            ["aud"] = client.ClientId,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + Lifetime).ToUnixTimeSeconds(),
            ["jti"] = RandomName.Create(),
            ["events"] = new JsonObject { [Event] = new JsonObject() },
            ["sid"] = session.Id,
        };
    }

    /// <summary>Signs any claims with the provider's key.</summary>
    /// <param name="claims">Right ones, or wrong ones to see them refused.</param>
    /// <param name="typ">The <c>typ</c> header; null for none.</param>
    /// <param name="header">More of the header; it replaces what is there, <c>alg</c> and <c>kid</c> too.</param>
    public ValueTask<string> SignAsync(JsonObject claims, string? typ, JsonObject? header, CancellationToken ct)
    {
        var protectedHeader = IdTokenJws.HeaderOf(keys.Signing);
        if (typ is not null) protectedHeader["typ"] = typ;
        foreach (var (name, value) in header ?? []) protectedHeader[name] = value?.DeepClone();
        return IdTokenJws.SignAsync(keys.Signing, protectedHeader, claims, ct);
    }
}
