using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace IdJagBroker.McpAuthorization.Tests.Support;

/// <summary>Keys and their public halves, written by hand so that the product's own writer is not what tests it.</summary>
public static class Keys
{
    public static ECDsa P256() => ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public static JsonObject Jwk(ECDsa key, string? kid)
    {
        var q = key.ExportParameters(false).Q;
        var jwk = new JsonObject
        {
            ["kty"] = "EC", ["crv"] = "P-256", ["x"] = Base64Url.EncodeToString(q.X!), ["y"] = Base64Url.EncodeToString(q.Y!), ["use"] = "sig",
        };
        if (kid is not null) jwk["kid"] = kid;
        return jwk;
    }

    public static JsonObject Jwk(RSA key, string kid)
    {
        var p = key.ExportParameters(false);
        return new JsonObject
        {
            ["kty"] = "RSA", ["n"] = Base64Url.EncodeToString(p.Modulus!), ["e"] = Base64Url.EncodeToString(p.Exponent!), ["use"] = "sig", ["kid"] = kid,
        };
    }
}
