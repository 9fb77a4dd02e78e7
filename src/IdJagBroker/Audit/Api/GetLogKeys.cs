using System.Text.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Audit.Api;

/// <summary>
/// <c>GET /admin/v1/audit/keys</c>: the public keys that ever signed checkpoints and exports, for whoever verifies what the log once said: as
/// C2SP verifier keys, and as a JWKS. Whether to trust one now, its <c>state</c> helps to decide; who verifies offline has them from elsewhere.
/// </summary>
internal static class GetLogKeys
{
    public static void Map(IEndpointRouteBuilder audit) => audit.MapGet("/keys", async (HttpContext http, KeyTable keys, LogOrigin origin) =>
    {
        var known = (await keys.ReadAsync(http.RequestAborted)).Where(key => key.Purpose.IsOfTheLog() && key.State is not KeyState.Created).ToList();
        return Results.Ok(new JsonObject
        {
            ["origin"] = origin.Name,
            ["vkeys"] = new JsonArray([.. known.Where(key => key.Purpose is KeyPurpose.AuditCheckpoint).Select(key => Vkey(key, origin)).OfType<string>().Select(vkey => (JsonNode)vkey)]),
            ["keys"] = new JsonArray([.. known.Select(Jwk)]),
        });
    });

    private static string? Vkey(SigningKeyRow row, LogOrigin origin)
    {
        using var jwk = JsonDocument.Parse(row.PublicJwk);
        return JsonWebKey.TryRead(jwk.RootElement) is { } key && key.Fits(JwsAlgorithm.ES256) ? LogKey.Of(key, origin.Name).ToVkey() : null;
    }

    private static JsonNode Jwk(SigningKeyRow row)
    {
        var jwk = JsonNode.Parse(row.PublicJwk)!.AsObject();
        (jwk["kid"], jwk["alg"], jwk["use"]) = (row.Kid, row.Algorithm, "sig");
        (jwk["purpose"], jwk["state"]) = (row.Purpose.Word(), row.State.Word());
        if (row.ActivatedAt is { } activated) jwk["activated_at"] = EventTime.Write(activated);
        if (row.RetiredAt is { } retired) jwk["retired_at"] = EventTime.Write(retired);
        return jwk;
    }
}
