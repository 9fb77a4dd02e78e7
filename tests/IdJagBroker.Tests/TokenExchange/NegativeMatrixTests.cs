using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using IdJagBroker.Protocol;
using IdJagBroker.Shared;

namespace IdJagBroker.Tests.TokenExchange;

/// <summary>
/// The minimum black-box matrix of a token exchange (requirements §13, "TE negative" and "TE policy"): one good request, and each fault
/// alone turns its 200 into the fault's code.
/// </summary>
public sealed class NegativeMatrixTests(AudiencesBroker audiences) : IClassFixture<AudiencesBroker>
{
    private static readonly Dictionary<string, Fault> Faults = new()
    {
        // the request
        ["IDP-05 no grant_type"] = Request("invalid_request", ("grant_type", null)),
        ["IDP-05 another grant_type"] = Request("unsupported_grant_type", ("grant_type", "client_credentials")),
        ["IDP-06 no requested_token_type"] = Request("invalid_request", ("requested_token_type", null)),
        ["IDP-06 another requested_token_type"] = Request("invalid_request", ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token")),
        ["IDP-07 no audience"] = Request("invalid_request", ("audience", null)),
        ["IDP-08 unknown audience"] = Request("invalid_target", ("audience", "https://unknown.example")),
        ["IDP-11 resource with a fragment"] = Request("invalid_target", ("resource", "https://mcp.strong.example/#x")),
        ["IDP-11 relative resource"] = Request("invalid_target", ("resource", "/mcp")),
        ["IDP-13 resource of another audience"] = Request("invalid_target", ("resource", "https://mcp.fresh.example/")),
        ["IDP-13 two resources, one governed"] = new("invalid_target", (_, form) => form.Add(new("resource", "https://mcp.fresh.example/"))),
        ["IDP-14 no resource where two are possible"] = Request("invalid_target", ("resource", null)),
        ["IDP-15 malformed scope"] = Request("invalid_scope", ("scope", "re\"ad")),
        ["IDP-16 authorization_details that are no array"] = Request("invalid_authorization_details", ("authorization_details", "{}")),
        ["SEC-09 too much scope"] = Request("invalid_scope", ("scope", string.Join(' ', Enumerable.Range(0, 65).Select(i => $"s{i}")))),
        ["IDP-18 no subject_token"] = Request("invalid_request", ("subject_token", null)),
        ["IDP-18 no subject_token_type"] = Request("invalid_request", ("subject_token_type", null)),
        ["IDP-19 an access token as subject"] = Request("invalid_request", ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token")),
        ["IDP-43 a refresh token where nobody signs in"] = Request("invalid_request", ("subject_token_type", TokenType.RefreshToken)),
        ["IDP-20 actor_token_type alone"] = Request("invalid_request", ("actor_token_type", TokenType.IdToken)),
        ["IDP-21 actor_token"] = Request("invalid_request", ("actor_token", "x"), ("actor_token_type", TokenType.IdToken)),
        ["IDP-03 a parameter twice"] = new("invalid_request", (_, form) => form.Add(new("scope", "read"))),

        // the client
        ["IDP-22 no credential"] = Request("invalid_client", 401, ("client_secret", null)),
        ["IDP-22 no client at all"] = Request("invalid_client", 401, ("client_secret", null), ("client_id", null)),
        ["IDP-22 wrong secret"] = Request("invalid_client", 401, ("client_secret", "wrong-wrong-wrong-wrong-wrong-wrong")),
        ["IDP-25 disabled client"] = Request("unauthorized_client", ("client_id", "retired")),
        ["IDP-24 two methods"] = Request("invalid_request", ("client_assertion", "x"), ("client_assertion_type", TokenType.ClientAssertion)),

        // the subject token
        ["IDP-29 alg none"] = Token("invalid_grant", (header, _) => header["alg"] = "none"),
        ["IDP-29 alg none, no signature"] = Raw(broker => $"{Jwts.Encode("""{"alg":"none"}""")}.{broker.IdToken().Split('.')[1]}."),
        ["IDP-29 HS256 with the public key"] = Raw(broker =>
            Jwts.SignHmac(new JsonObject { ["alg"] = "HS256", ["kid"] = broker.Idp.KeyId }, Jwts.Claims(broker.IdToken()), broker.Idp.Key.ExportSubjectPublicKeyInfo())),
        ["IDP-29 wrong key"] = Raw(broker => { using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256); return broker.Idp.IdToken("agent-at-okta", key: other); }),
        ["IDP-29 one bit of the claims"] = Raw(broker =>
        {
            var parts = broker.IdToken().Split('.');
            var claims = Base64Url.DecodeFromChars(parts[1]);
            claims[^3] ^= 1;
            return $"{parts[0]}.{Base64Url.EncodeToString(claims)}.{parts[2]}";
        }),
        ["IDP-28 other issuer"] = Token("invalid_grant", (_, claims) => claims["iss"] = "https://other.example"),
        ["IDP-28 other tenant"] = Raw(broker => broker.Entra.IdToken("agent-at-entra", change: (_, claims) =>
            (claims["tid"], claims["oid"]) = ("9188040d-6c67-4c5b-b112-36a304b66dad", "0a0a0a0a-0000-4000-8000-0000000000aa"))),
        ["IDP-31 other client's aud"] = Token("invalid_grant", (_, claims) => claims["aud"] = "editor-at-okta"),
        ["IDP-32 extra aud"] = Token("invalid_grant", (_, claims) => claims["aud"] = new JsonArray("agent-at-okta", "editor-at-okta")),
        ["IDP-32 wrong azp"] = Token("invalid_grant", (_, claims) => claims["azp"] = "editor-at-okta"),
        ["IDP-33 expired"] = Token("invalid_grant", (_, claims) => (claims["iat"], claims["exp"]) = (Now - 600, Now - 61)),
        ["IDP-33 future iat"] = Token("invalid_grant", (_, claims) => claims["iat"] = Now + 65),
        ["IDP-30 no sub"] = Token("invalid_grant", (_, claims) => claims.Remove("sub")),
        ["IDP-27 an access token"] = Token("invalid_grant", (header, _) => header["typ"] = "at+jwt"),
        ["IDP-37 an ID-JAG"] = Token("invalid_grant", (header, _) => header["typ"] = JwtType.IdJag),
        ["IDP-26 five parts"] = Raw(broker => broker.IdToken() + ".x.y"),

        // policy
        ["IDP-44 no rule"] = Token("access_denied", (_, claims) => claims["groups"] = new JsonArray()),
        ["JAG-09 no id of the client there"] = new("invalid_target", (broker, form) => TokenClient.With(form, ("audience", TestPolicies.WikiIssuer), ("resource", TestPolicies.Wiki), ("scope", "pages:read"), ("client_id", "unmapped"))),
        ["JAG-09 disabled audience"] = Request("access_denied", ("audience", "https://closed.example"), ("resource", "https://mcp.closed.example/")),
        ["IDP-48 no scope left"] = Request("invalid_scope", ("scope", "admin")),
        ["IDP-49 no scope and no default"] = Request("invalid_scope", ("scope", null)),
        ["IDP-51 step-up"] = Token("insufficient_user_authentication", (_, claims) => claims["acr"] = "pwd"),
        ["IDP-52 step-up masked by the target"] = new("invalid_target", (broker, form) => TokenClient.With(form,
            ("subject_token", broker.IdToken((_, claims) => claims["acr"] = "pwd")), ("audience", "https://unknown.example"))),
    };

    private readonly BrokerFixture _broker = audiences.Broker;

    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    public static TheoryData<string> Names => [.. Faults.Keys];

    [Theory, MemberData(nameof(Names)), Trait("Spec", "IDP-61")]
    [Trait("Spec", "IDP-05"), Trait("Spec", "IDP-06"), Trait("Spec", "IDP-07"), Trait("Spec", "IDP-08"), Trait("Spec", "IDP-11"), Trait("Spec", "IDP-13")]
    [Trait("Spec", "IDP-14"), Trait("Spec", "IDP-15"), Trait("Spec", "IDP-18"), Trait("Spec", "IDP-19"), Trait("Spec", "IDP-20"), Trait("Spec", "IDP-21"), Trait("Spec", "IDP-22")]
    [Trait("Spec", "IDP-43"), Trait("Spec", "IDP-24"), Trait("Spec", "IDP-26"), Trait("Spec", "IDP-28"), Trait("Spec", "IDP-29"), Trait("Spec", "IDP-31"), Trait("Spec", "IDP-32")]
    public async Task Turns_a_grant_into_its_refusal_by_one_fault_alone(string name)
    {
        (await _broker.Token.SendAsync(Good())).IsGranted();

        var (error, apply, status) = Faults[name];
        var form = Good();
        apply(_broker, form);
        var answer = await _broker.Token.SendAsync(form);
        Assert.Equal((name, error, status), (name, answer.Error, (int)answer.Status));
        Assert.Null(answer.Body!["access_token"]);
    }

    private List<KeyValuePair<string, string>> Good() => TokenClient.With(
        _broker.Token.Form(_broker.IdToken((_, claims) => claims["acr"] = "phrh")),
        ("audience", "https://strong.example"), ("resource", "https://mcp.strong.example/"), ("scope", "read"));

    private static Fault Request(string error, params (string, string?)[] changes) => new(error, (_, form) => TokenClient.With(form, changes));

    private static Fault Request(string error, int status, params (string, string?)[] changes) => new(error, (_, form) => TokenClient.With(form, changes), status);

    private static Fault Token(string error, Action<JsonObject, JsonObject> change) =>
        new(error, (broker, form) => TokenClient.With(form, ("subject_token", broker.IdToken((header, claims) => { claims["acr"] = "phrh"; change(header, claims); }))));

    private static Fault Raw(Func<BrokerFixture, string> token) => new("invalid_grant", (broker, form) => TokenClient.With(form, ("subject_token", token(broker))));

    private sealed record Fault(string Error, Action<BrokerFixture, List<KeyValuePair<string, string>>> Apply, int Status = 400);
}
