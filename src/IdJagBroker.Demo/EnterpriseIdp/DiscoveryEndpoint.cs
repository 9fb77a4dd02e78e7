using System.Text.Json.Nodes;
using IdJagBroker.Demo.EnterpriseIdp.Shapes;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>The discovery document (OpenID Connect Discovery §4) and the key set (RFC 7517 §5), for each issuer path in use.</summary>
internal sealed class DiscoveryEndpoint(IdpOptions options, IdpIssuers issuers, IdpPeople people, IdpKeys keys)
{
    private const string WellKnown = "/.well-known/openid-configuration";

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var shape in issuers.Shapes)
        {
            routes.MapGet(shape.IssuerPath + WellKnown, () => Json(Document(shape, shape.IssuerPath)));
            routes.MapGet(shape.IssuerPath + "/keys", () => Json(KeySet(shape)));
            foreach (var (path, issuerPath) in shape.OtherDiscoveryPaths)
                routes.MapGet(path + WellKnown, () => Json(Document(shape, issuerPath)));
        }
    }

    private JsonObject Document(IdTokenShape shape, string issuerPath)
    {
        var document = ForEveryShape(shape, issuerPath);
        if (!shape.HasSessions) return document;
        document["end_session_endpoint"] = issuers.BaseUrl + "/logout";
        document["backchannel_logout_supported"] = true;
        document["backchannel_logout_session_supported"] = true;
        return document;
    }

    private JsonObject ForEveryShape(IdTokenShape shape, string issuerPath) => new()
    {
        ["issuer"] = issuers.BaseUrl + issuerPath,
        ["authorization_endpoint"] = issuers.BaseUrl + "/authorize",
        ["token_endpoint"] = issuers.BaseUrl + "/token",
        ["jwks_uri"] = issuers.Of(shape) + "/keys",
        ["response_types_supported"] = new JsonArray("code"),
        ["response_modes_supported"] = new JsonArray("query"),
        ["grant_types_supported"] = new JsonArray("authorization_code", "refresh_token"),
        ["subject_types_supported"] = new JsonArray(shape.SubjectType),
        ["id_token_signing_alg_values_supported"] = new JsonArray(options.Algorithm.Name),
        ["token_endpoint_auth_methods_supported"] = new JsonArray("client_secret_basic", "client_secret_post", "private_key_jwt"),
        ["token_endpoint_auth_signing_alg_values_supported"] = Strings(JwsAlgorithm.All.Select(algorithm => algorithm.Name)),
        ["code_challenge_methods_supported"] = new JsonArray("S256"),
        ["scopes_supported"] = Strings(shape.Scopes),
        ["prompt_values_supported"] = new JsonArray("none", "login", "select_account"),
        ["acr_values_supported"] = Strings(people.All.SelectMany(person => person.WithSecurityKey.Select(context => context.Acr).Prepend(person.Acr)).Distinct().Order()),
        ["authorization_response_iss_parameter_supported"] = true,
        ["request_parameter_supported"] = false,
        ["request_uri_parameter_supported"] = false,
    };

    private JsonObject KeySet(IdTokenShape shape)
    {
        var set = JsonNode.Parse(keys.Published.ToUtf8())!.AsObject();
        foreach (var key in set["keys"]!.AsArray()) shape.Publish(key!.AsObject(), issuers.Of(shape));
        return set;
    }

    private static JsonArray Strings(IEnumerable<string> values) => [.. values.Select(value => JsonValue.Create(value))];

    private static IResult Json(JsonObject body) => Results.Text(body.ToJsonString(), "application/json");
}
