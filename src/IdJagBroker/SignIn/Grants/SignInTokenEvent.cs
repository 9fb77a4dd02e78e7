using System.Text.Json.Nodes;
using IdJagBroker.Audit;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.SignIn.Grants;

/// <summary>The record of an ID Token of the broker, made before it is signed: what it says, and SHA-256 of exactly what will be signed.</summary>
internal static class SignInTokenEvent
{
    /// <param name="type"><c>signin.redeemed</c> or <c>refresh.rotated</c>.</param>
    /// <param name="attempt">The request.</param>
    /// <param name="grant">What the client was given.</param>
    /// <param name="signedIn">Whom it is about.</param>
    /// <param name="idToken">The claims.</param>
    /// <param name="jws">The token without its signature.</param>
    /// <param name="now">When.</param>
    public static AuditEvent Of(string type, IssuanceAttempt attempt, SignInGrant grant, SignedIn signedIn, SignInIdToken idToken, UnsignedJws jws, DateTimeOffset now)
    {
        var data = new JsonObject
        {
            ["aud"] = idToken.Audience, ["exp"] = idToken.ExpiresAt.ToUnixTimeSeconds(), ["grant"] = grant.Id.ToString(), ["iat"] = idToken.IssuedAt.ToUnixTimeSeconds(),
            ["key_bound"] = attempt.KeyThumbprint is not null, ["scope"] = grant.Scope.ToString(), ["signing_input_sha256"] = Convert.ToHexStringLower(jws.SigningInputHash.Span),
            ["sub"] = idToken.Subject, ["upstream"] = signedIn.Subject.Upstream,
        };
        if (idToken.AuthTime is { } at) data["auth_time"] = at.ToUnixTimeSeconds();
        if (idToken.Acr is { } acr) data["acr"] = acr;
        if (attempt.ClientAuthentication is { } method) data["client_authentication"] = method;
        return SignInEvent.Of(type, now, data).Through(grant.Client).In(grant.Sid, signedIn.Person.SubjectKey) with
        {
            Id = attempt.DecisionId, Jti = idToken.JwtId, Kid = jws.Key.PublicKey.KeyId, PolicyRevision = attempt.PolicyRevision, TraceId = attempt.TraceId, Network = attempt.Network,
            UserAgent = attempt.UserAgent,
        };
    }
}
