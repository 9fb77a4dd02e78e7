using System.Text.Json.Nodes;

namespace IdJagBroker.Demo.EnterpriseIdp.Shapes;

/// <summary>How one provider's ID Tokens, keys and issuer look on the wire, and how one stays signed in there; everything else is the same for all.</summary>
internal abstract class IdTokenShape
{
    /// <summary>What follows the base URL in the issuer: empty, or beginning with a slash.</summary>
    public virtual string IssuerPath => "";

    /// <summary>Other paths that answer with a discovery document, and the issuer path written in it.</summary>
    public virtual IReadOnlyDictionary<string, string> OtherDiscoveryPaths => new Dictionary<string, string>();

    /// <summary><c>public</c>, or <c>pairwise</c> if <c>sub</c> differs for each application (OpenID Connect Core §8).</summary>
    public virtual string SubjectType => "public";

    /// <summary>How long an ID Token lives.</summary>
    public virtual TimeSpan Lifetime => TimeSpan.FromHours(1);

    /// <summary>The <c>typ</c> header, or null for none.</summary>
    public virtual string? HeaderType => "JWT";

    /// <summary>Whether the header names the key a second time, as <c>x5t</c>.</summary>
    public virtual bool HeaderHasX5t => false;

    /// <summary>The scopes that it knows.</summary>
    public virtual IReadOnlyList<string> Scopes => ["openid", "profile", "email", "groups", "offline_access"];

    /// <summary>Whether a refresh token is replaced whenever it is used.</summary>
    public virtual bool RotatesRefreshTokens => true;

    /// <summary>Whether there is a <c>sid</c>, and applications hear of its end.</summary>
    public virtual bool HasSessions => true;

    /// <summary>Whether a refresh token is asked for in another way than by <c>offline_access</c>.</summary>
    public virtual bool IsOffline(IQueryCollection query) => false;

    /// <summary>What an application knows the person by.</summary>
    public virtual string Subject(Person person, string clientId) => person.Id;

    /// <summary>The claims of an ID Token.</summary>
    public abstract JsonObject Claims(SignIn signIn);

    /// <summary>Rewrites a published key the way this provider publishes its own.</summary>
    public virtual void Publish(JsonObject key, string issuer)
    {
    }

    /// <summary>What every ID Token has (OpenID Connect Core §2).</summary>
    protected JsonObject Required(SignIn signIn)
    {
        var claims = new JsonObject
        {
            ["iss"] = signIn.Issuer,
            ["sub"] = Subject(signIn.Person, signIn.ClientId),
            ["aud"] = signIn.ClientId,
            ["iat"] = signIn.IssuedAt.ToUnixTimeSeconds(),
            ["exp"] = (signIn.IssuedAt + Lifetime).ToUnixTimeSeconds(),
        };
        if (signIn.Nonce is not null) claims["nonce"] = signIn.Nonce;
        if (HasSessions) claims["sid"] = signIn.SessionId;
        return claims;
    }

    /// <summary>A JSON array of strings.</summary>
    protected static JsonArray Strings(IEnumerable<string> values) => [.. values.Select(value => JsonValue.Create(value))];
}
