using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Shared;
using Microsoft.AspNetCore.Http;

namespace IdJagBroker.Tests.Probe;

/// <summary>The token endpoint: the request, the client, and the answer.</summary>
internal sealed partial class CarelessServer
{
    private sealed class RefusedException(string error, int status = 400, string? description = null) : Exception(error)
    {
        public int Status => status;

        public string? Description => description;
    }

    private sealed record Grant(string Client, string Scope, string? Thumbprint);

    private bool _isLocked;

    private async Task HandleTokenAsync(HttpContext http)
    {
        try
        {
            if (http.Request.Method is not "POST")
            {
                await WriteAsync(http, Careless("bad.get") ? 200 : 405, []);
                return;
            }
            await WriteGrantAsync(http, await RedeemAsync(http, await ReadAsync(http)));
        }
        catch (RefusedException e)
        {
            http.Response.Headers.CacheControl = "no-store";
            var body = new JsonObject { ["error"] = e.Message };
            if (e.Description is not null) body["error_description"] = e.Description;
            await WriteAsync(http, e.Status, body);
        }
    }

    private async Task<Dictionary<string, string[]>> ReadAsync(HttpContext http)
    {
        if (http.Request.HasFormContentType) return (await http.Request.ReadFormAsync()).ToDictionary(pair => pair.Key, pair => pair.Value.Select(one => one!).ToArray());
        if (!Careless("bad.json-body")) throw new RefusedException("invalid_request");
        var json = await JsonNode.ParseAsync(http.Request.Body);
        return json!.AsObject().ToDictionary(pair => pair.Key, pair => new[] { (string)pair.Value! });
    }

    private async Task<Grant> RedeemAsync(HttpContext http, Dictionary<string, string[]> form)
    {
        string? One(string name) => form.TryGetValue(name, out var values) ? values[0] : null;
        if (form.Values.Any(values => values.Length > 1) && !Careless("bad.two-assertions")) throw new RefusedException("invalid_request");
        string[] known = ["grant_type", "assertion", "scope", "resource", "client_id", "client_secret", "client_assertion", "client_assertion_type"];
        if (Careless("good.unknown-parameter") && form.Keys.Except(known).Any()) throw new RefusedException("invalid_request");
        var client = Authenticate(http, One);
        if (One("grant_type") is not "urn:ietf:params:oauth:grant-type:jwt-bearer" && !Careless("bad.grant-type")) throw new RefusedException("unsupported_grant_type");
        if (One("assertion") is not { } assertion)
            return Careless("bad.no-assertion") ? new Grant(Client, "tickets:read", null) : throw new RefusedException("invalid_request");
        if (Careless("good.redeem")) throw new RefusedException("invalid_grant", description: "sub is unknown");

        var proved = Prove(http);
        var idJag = await ValidateAsync(assertion, client);
        if (idJag.TryGetProperty("cnf", out var cnf))
        {
            if (proved is null && !Careless("bad.bound-without-proof")) throw new RefusedException("invalid_grant");
            if (proved is not null && cnf.GetProperty("jkt").GetString() != proved && !Careless("dpop.other-key")) throw new RefusedException("invalid_grant");
        }
        await UseAsync(idJag);
        return new Grant(client, Narrow(idJag, One("resource"), One("scope")), proved);
    }

    private string Authenticate(HttpContext http, Func<string, string?> one)
    {
        if (_isLocked) throw new RefusedException("invalid_client", 401);
        var (id, secret) = (one("client_id"), one("client_secret"));
        if (((string?)http.Request.Headers.Authorization)?.Split(' ') is ["Basic", var basic])
        {
            var halves = Encoding.UTF8.GetString(Convert.FromBase64String(basic)).Split(':');
            (id, secret) = (System.Net.WebUtility.UrlDecode(halves[0]), System.Net.WebUtility.UrlDecode(halves[1]));
        }
        if (one("client_assertion") is { } assertion && ClientKey is not null)
        {
            var parts = assertion.Split('.');
            var claims = Jwts.Claims(assertion);
            if (VerifyWith(ClientKey, parts) && (string?)claims["aud"] == Url && (string?)claims["iss"] == Client && (string?)claims["sub"] == Client && _used.TryAdd("ca " + claims["jti"], true)) return Client;
            throw new RefusedException("invalid_client", 401);
        }
        if (secret is not null && id is Client)
        {
            if (secret == Secret || Careless("bad.client-credentials")) return Client;
            _isLocked = Careless("good.after");
        }
        if (secret is null && id is Client && (IsPublicAllowed || Careless("bad.client-id-only"))) return Client;
        if (id is null && Careless("bad.client-nobody")) return (string)Jwts.Claims(one("assertion")!)["client_id"]!;
        throw new RefusedException("invalid_client", 401);
    }

    private string Narrow(JsonElement idJag, string? resource, string? scope)
    {
        var claimed = Text(idJag, "resource") ?? Resource;
        if (claimed is not Resource && !Careless("bad.resource-foreign")) throw new RefusedException("invalid_grant");
        if (resource is not null && Careless("good.resource-parameter")) throw new RefusedException("invalid_target");
        if (resource is not null && resource != claimed && !Careless("bad.resource-parameter")) throw new RefusedException("invalid_target");
        var held = (Text(idJag, "scope") ?? "tickets:read").Split(' ');
        if (scope is null || Careless("good.narrowed")) return string.Join(' ', held);
        var asked = scope.Split(' ');
        return string.Join(' ', Careless("bad.scope-beyond") ? asked : asked.Intersect(held));
    }

    private async Task UseAsync(JsonElement idJag)
    {
        if (!SingleUse || Careless("good.reuse")) return;
        var jti = idJag.TryGetProperty("jti", out var value) ? value.GetString()! : "";
        if (_used.ContainsKey(jti)) throw new RefusedException("invalid_grant");
        if (Careless("good.reuse-at-once")) await Task.Delay(100);
        else if (!_used.TryAdd(jti, true)) throw new RefusedException("invalid_grant");
        _used[jti] = true;
    }

    private Task WriteGrantAsync(HttpContext http, Grant grant)
    {
        var first = Interlocked.Increment(ref _issued) is 1;
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var lifetime = Careless("good.short-lived") ? 86_400 : 600;
        var claims = new JsonObject
        {
            ["iss"] = Careless("token.issuer") ? TrustedIssuer : Url, ["aud"] = Careless("token.audience") ? "https://mcp.other.example" : Resource, ["sub"] = "u-1", ["client_id"] = Careless("token.client") ? "other" : grant.Client,
            ["iat"] = now, ["exp"] = now + lifetime + (Careless("token.lifetime") ? 3600 : 0), ["jti"] = Guid.NewGuid().ToString("N"), ["scope"] = grant.Scope + (Careless("token.scope") && first ? " tickets:admin" : ""),
        };
        if (Careless("token.claims")) claims.Remove("jti");
        if (grant.Thumbprint is not null) claims["cnf"] = new JsonObject { ["jkt"] = Careless("token.binding") ? "another" : grant.Thumbprint };
        var header = new JsonObject { ["alg"] = "ES256", ["kid"] = "as-1", ["typ"] = Careless("token.type") ? "JWT" : Careless("token.no-echo") ? "oauth-id-jag+jwt" : "at+jwt" };
        var token = Jwts.Sign(header, claims, _key);
        if (Careless("token.signature")) token = token[..^6] + (token[^6] is 'A' ? 'B' : 'A') + token[^5..];

        var json = new JsonObject
        {
            ["access_token"] = Careless("good.again") ? "opaque-1" : token, ["token_type"] = (grant.Thumbprint is not null) == Careless("good.token-type") ? "Bearer" : "DPoP",
            ["expires_in"] = Careless("good.expires-in") ? "600" : lifetime, ["scope"] = grant.Scope + (Careless("good.scope") && first ? " tickets:admin" : ""), ["resource"] = Careless("good.resource") ? "https://mcp.other.example" : Resource,
        };
        if (Careless("good.no-refresh-token")) json["refresh_token"] = "r-1";
        if (Careless("good.only-an-access-token")) json["issued_token_type"] = "urn:ietf:params:oauth:token-type:access_token";
        if (Careless("good.no-cookie")) http.Response.Headers.SetCookie = "session=1";
        if (!Careless("good.no-store")) http.Response.Headers.CacheControl = "no-store";
        return WriteAsync(http, 200, json, Careless("good.json") ? "text/html" : "application/json");
    }
}
