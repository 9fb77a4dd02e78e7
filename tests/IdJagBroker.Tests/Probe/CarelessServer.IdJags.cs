using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Probe;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Shared;
using Microsoft.AspNetCore.Http;

namespace IdJagBroker.Tests.Probe;

/// <summary>ID-JAGs and proofs, and every way of being careless with them.</summary>
internal sealed partial class CarelessServer
{
    private async Task<JsonElement> ValidateAsync(string token, string client)
    {
        if (token.Length > 8192 && !Careless("bad.oversized")) throw new RefusedException("invalid_grant");
        if (Careless("bad.padding")) token = token.TrimEnd('=');
        if (token.Contains('=') || token.Split('.') is not [var head, var body, _]) throw new RefusedException("invalid_grant");
        JsonElement header, claims;
        try
        {
            header = Parse(head, twice: false);
            claims = Parse(body, Careless("bad.aud-twice"));
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw new RefusedException("invalid_grant");
        }
        if (IsOtherKind(token, header, claims)) return claims;
        CheckHeader(header);
        if (!await IsSignedAsync(token.Split('.'), header, claims)) throw new RefusedException("invalid_grant");
        CheckClaims(claims, client);
        return claims;
    }

    // Takes what is no ID-JAG for one, if it is careless about that.
    private bool IsOtherKind(string token, JsonElement header, JsonElement claims) =>
        (Careless("bad.id-token") && claims.TryGetProperty("nonce", out _)) || (Careless("bad.access-token") && Text(header, "typ") is "at+jwt" && Text(claims, "iss") == Url && token.Length > 0);

    private void CheckHeader(JsonElement header)
    {
        var typ = Text(header, "typ");
        var isIdJag = typ is "oauth-id-jag+jwt" || (typ is "application/oauth-id-jag+jwt" && !Careless("good.media-type"));
        if (!isIdJag && !(typ is "JWT" && Careless("bad.typ-jwt")) && !(typ is "at+jwt" && Careless("bad.typ-access-token")) && !(typ is null && Careless("bad.typ-absent"))) throw new RefusedException("invalid_grant");
        if (header.TryGetProperty("crit", out _) && !Careless("bad.crit")) throw new RefusedException("invalid_grant");
    }

    private async Task<bool> IsSignedAsync(string[] parts, JsonElement header, JsonElement claims)
    {
        var issuer = Text(claims, "iss");
        if (issuer != TrustedIssuer && !(issuer is null && Careless("bad.no-iss")) && !(issuer == Url && Careless("bad.iss-own")) && !(issuer != Url && issuer is not null && Careless("bad.iss-other")))
        {
            if (!Careless("bad.iss-foreign") || issuer is null || issuer == Url || !Uri.TryCreate(issuer, UriKind.Absolute, out var url) || !url.IsLoopback) return false;
            var metadata = JsonNode.Parse(await _http.GetStringAsync(new Uri(url, "/.well-known/oauth-authorization-server" + url.AbsolutePath)))!;
            return VerifyWith(JsonNode.Parse(await _http.GetStringAsync((string)metadata["jwks_uri"]!))!["keys"]![0]!, parts);
        }
        var input = Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}");
        switch (Text(header, "alg"))
        {
            case "none":
                return Careless("bad.alg-none");
            case "HS256":
                return (Careless("bad.alg-hmac-pem") && IsHmac(Trusted.PublicPem, input, parts[2])) || (Careless("bad.alg-hmac-jwk") && IsHmac(Trusted.PublicJwk.ToJsonString(), input, parts[2]));
            case "ES256":
                break;
            default:
                return false;
        }
        if (header.TryGetProperty("jwk", out var jwk)) return Careless("bad.header-jwk") && VerifyWith(JsonNode.Parse(jwk.GetRawText())!, parts);
        if (header.TryGetProperty("jku", out var jku))
        {
            if (!Careless("bad.header-jku") && !Careless("bad.fetched")) return false;
            var keys = JsonNode.Parse(await _http.GetStringAsync(jku.GetString()))!;
            return Careless("bad.header-jku") && VerifyWith(keys["keys"]![0]!, parts);
        }
        if (header.TryGetProperty("x5c", out var x5c))
        {
            using var certificate = X509CertificateLoader.LoadCertificate(Convert.FromBase64String(x5c[0].GetString()!));
            using var key = certificate.GetECDsaPublicKey()!;
            return Careless("bad.header-x5c") && key.VerifyData(input, Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256);
        }
        return IsSignedByKid(parts, Text(header, "kid"));
    }

    private bool IsSignedByKid(string[] parts, string? kid)
    {
        var good = VerifyWith(Trusted, parts);
        if (kid != Trusted.KeyId) return good ? Careless("bad.kid-unknown") : Careless("bad.key-unknown");
        if (good) return true;
        var signature = Base64Url.DecodeFromChars(parts[2]);
        if (Careless("bad.signature-zero") && signature.All(one => one is 0)) return true;
        if (Careless("bad.key-other") && VerifyWith(Stale!, parts)) return true;
        signature[^1] ^= 1;
        return Careless("bad.signature") && VerifyWith(Trusted, [parts[0], parts[1], Base64Url.EncodeToString(signature)]);
    }

    private void CheckClaims(JsonElement claims, string client)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        foreach (var name in (string[])["sub", "aud", "client_id", "jti", "iat", "exp"])
            if (!claims.TryGetProperty(name, out _) && !Careless("bad.no-" + name.Replace('_', '-'))) throw new RefusedException("invalid_grant");
        if (claims.TryGetProperty("aud", out var aud) && !IsForUs(aud)) throw new RefusedException("invalid_grant");
        if (Text(claims, "client_id") is { } id && id != client && !Careless("bad.client-other")) throw new RefusedException("invalid_grant");
        if (claims.TryGetProperty("https://idjag-probe.example/claim", out var unknown) && unknown.GetString()!.Length < 10 && Careless("good.unknown-claim")) throw new RefusedException("invalid_grant");

        if (claims.TryGetProperty("exp", out var text) && text.ValueKind is JsonValueKind.String && !Careless("bad.exp-text")) throw new RefusedException("invalid_grant");
        var (exp, iat, nbf) = (Number(claims, "exp") ?? now + 300, Number(claims, "iat") ?? now, Number(claims, "nbf"));
        if (exp < now - 60 && !Careless("bad.expired")) throw new RefusedException("invalid_grant");
        if (iat > now + 60 && !Careless("bad.iat-future")) throw new RefusedException("invalid_grant");
        if (exp - iat > 900 && !Careless("bad.long-lived")) throw new RefusedException("invalid_grant");
        if (nbf > now + 60 && !Careless("bad.nbf-future")) throw new RefusedException("invalid_grant");
        if (nbf <= now && Careless("good.past-nbf")) throw new RefusedException("invalid_grant");
    }

    private bool IsForUs(JsonElement aud)
    {
        string[] all = aud.ValueKind is JsonValueKind.Array ? [.. aud.EnumerateArray().Select(one => one.GetString()!)] : [aud.GetString()!];
        if (aud.ValueKind is JsonValueKind.Array && all.Length is 1 && Careless("good.aud-array")) return false;
        if (all.Length > 1) return Careless("bad.aud-two") && all.Contains(Url);
        return all[0] == Url || (all[0] == Url + "/token" ? Careless("bad.aud-token-endpoint") : all[0] == Url + "/" ? Careless("bad.aud-slash") : Careless("bad.aud-other"));
    }

    /// <returns>The thumbprint of the key, or null without a proof.</returns>
    private string? Prove(HttpContext http)
    {
        if (((string?)http.Request.Headers["DPoP"]) is not { } proof) return null;
        var (header, claims, now) = (Jwts.Header(proof), Jwts.Claims(proof), DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        var jwk = header["jwk"]!;
        var holds = ((string?)header["typ"] is "dpop+jwt") && (VerifyWith(jwk, proof.Split('.')) || Careless("dpop.signature")) && ((string?)claims["htm"] is "POST" || Careless("dpop.method"))
            && ((string?)claims["htu"] == Url + "/token" || Careless("dpop.url")) && (Math.Abs((long)claims["iat"]! - now) <= 300 || Careless("dpop.stale")) && (_used.TryAdd("dpop " + claims["jti"], true) || Careless("dpop.replayed"));
        if (!holds) throw new RefusedException("invalid_dpop_proof");
        return JsonWebKey.TryRead(JsonDocument.Parse(jwk.ToJsonString()).RootElement)!.Thumbprint;
    }

    private static JsonElement Parse(string part, bool twice) => JsonDocument.Parse(Base64Url.DecodeFromChars(part), new JsonDocumentOptions { AllowDuplicateProperties = twice }).RootElement;

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    private static long? Number(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) ? value.ValueKind is JsonValueKind.Number ? value.GetInt64() : long.Parse(value.GetString()!, System.Globalization.CultureInfo.InvariantCulture) : null;

    private static bool IsHmac(string secret, byte[] input, string signature) => Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), input)) == signature;

    private static bool VerifyWith(PrivateKey key, string[] parts) => VerifyWith(key.PublicJwk, parts);

    private static bool VerifyWith(JsonNode jwk, string[] parts)
    {
        byte[] Member(string name) => Base64Url.DecodeFromChars((string)jwk[name]!);
        using var key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = Member("x"), Y = Member("y") } });
        return key.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256);
    }
}
