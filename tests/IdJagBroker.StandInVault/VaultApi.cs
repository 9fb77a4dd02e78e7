using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Net.Http.Headers;

namespace IdJagBroker.StandIn;

/// <summary>The REST API over the store: authentication, throttling, faults, routing, errors.</summary>
internal sealed class VaultApi(KeyStore keys, TokenDesk tokens, Faults faults, Throttle throttle, ConcurrentQueue<VaultCall> calls, TimeProvider time)
{
    private static readonly HashSet<string> Versions = ["7.3", "7.4", "7.5", "7.6", "2025-07-01"];

    private sealed record Answer(int Status, JsonObject? Body);

    public async Task HandleAsync(HttpContext http)
    {
        var body = await BodyAsync(http);
        var route = Route.Of(http.Request.Method, http.Request.Path.Value!);
        var token = http.Request.Headers.Authorization.ToString() is var header && header.StartsWith("Bearer ", StringComparison.Ordinal) ? header[7..] : null;
        var call = new VaultCall(http.Request.Method, http.Request.Path.Value!, route.Operation, token, body.Length);
        calls.Enqueue(call);
        if (faults.ClockOffset is var offset && offset != TimeSpan.Zero) http.Response.Headers.Date = HeaderUtilities.FormatDate(time.GetUtcNow() + offset);

        var fault = faults.For(call);
        if (fault is { Resets: true })
        {
            http.Abort();
            return;
        }
        if (fault is { Wait: var wait }) await Task.Delay(wait, http.RequestAborted);
        if (fault?.RetryAfter is { } retryAfter) http.Response.Headers.RetryAfter = retryAfter;
        if (fault?.Location is { } location) http.Response.Headers.Location = location;
        var answer = Respond(http, route, token, body, fault);
        if (answer.Status is 200 && fault?.Changes is { } change) change(answer.Body!);
        await WriteAsync(http, answer);
    }

    private Answer Respond(HttpContext http, Route route, string? token, byte[] body, Fault? fault)
    {
        try
        {
            if (fault?.Answer is { } status) throw new VaultFailure(status, fault.Code ?? (status is 429 ? "Throttled" : "ServiceUnavailable"), "The stand-in was told to fail. Its text must reach nobody.");
            if (fault?.Challenge is { } asked) return Challenge(http, asked);
            if (tokens.RoleOf(token) is not { } role) return Challenge(http, $"Bearer authorization=\"{VaultOf(http)}{tokens.TenantId}\", resource=\"{StandInVault.Resource}\"");
            if (!Versions.Contains(http.Request.Query["api-version"].ToString())) throw VaultFailure.BadParameter("The specified version is not recognized. Consider using the latest supported version.");
            if (role is not VaultRole.CryptoOfficer && !route.IsForUsers) throw VaultFailure.ForbiddenByRbac();
            Count(http, route, body);
            return new Answer(200, Dispatch(http, route, body));
        }
        catch (VaultFailure failure)
        {
            var error = new JsonObject { ["code"] = failure.Code, ["message"] = failure.Message };
            if (failure.InnerCode is not null) error["innererror"] = new JsonObject { ["code"] = failure.InnerCode };
            return new Answer(failure.Status, new JsonObject { ["error"] = error });
        }
    }

    private JsonObject? Dispatch(HttpContext http, Route route, byte[] bytes)
    {
        var vault = VaultOf(http);
        var skip = int.TryParse(http.Request.Query["$skiptoken"], CultureInfo.InvariantCulture, out var given) ? given : 0;
        switch (route.Operation)
        {
            case "list": return keys.List(vault, skip);
            case "versions": return keys.ListVersions(vault, route.Name, skip);
            case "get": return keys.Get(vault, route.Name, route.Version);
            case "create": return keys.Create(vault, route.Name, Json(bytes));
            case "import": return keys.Import(vault, route.Name, Json(bytes));
            case "rotate": return keys.Rotate(vault, route.Name);
            case "update": return keys.Update(vault, route.Name, route.Version, Json(bytes));
            case "getrotationpolicy": return keys.RotationPolicy(vault, route.Name, null);
            case "setrotationpolicy": return keys.RotationPolicy(vault, route.Name, Json(bytes));
            case "delete": return keys.Delete(vault, route.Name);
            case "listdeleted": return keys.ListDeleted(vault, skip);
            case "getdeleted": return keys.GetDeleted(vault, route.Name);
            case "recover": return keys.Recover(vault, route.Name);
            case "purge":
                keys.Purge(route.Name);
                return null;
            case "sign" or "verify": return keys.Perform(vault, route.Name, route.Version, route.Operation, Json(bytes));
            case "wrapkey": return keys.Perform(vault, route.Name, route.Version, "wrapKey", Json(bytes));
            case "unwrapkey": return keys.Perform(vault, route.Name, route.Version, "unwrapKey", Json(bytes));
            default: throw new VaultFailure(404, "NotFound", "There is no such resource.");
        }
    }

    private void Count(HttpContext http, Route route, byte[] body)
    {
        var (type, bits) = route.Operation is "create" ? ((string?)Json(body)["kty"] ?? "EC", 0) : keys.KindOf(route.Name, route.Version);
        if (type.Length < 2 || throttle.Take(type, bits, route.Operation is "create" or "import" or "rotate", time.GetUtcNow()) is not { } wait) return;
        http.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        throw new VaultFailure(429, "Throttled", "Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached");
    }

    private static Answer Challenge(HttpContext http, string challenge)
    {
        http.Response.Headers.WWWAuthenticate = challenge;
        return new Answer(401, new JsonObject { ["error"] = new JsonObject { ["code"] = "Unauthorized", ["message"] = "AKV10000: Request is missing a Bearer or PoP token." } });
    }

    private static string VaultOf(HttpContext http) => $"https://{http.Request.Host.Value}/";

    private static async Task<byte[]> BodyAsync(HttpContext http)
    {
        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer, http.RequestAborted);
        return buffer.ToArray();
    }

    private static JsonObject Json(byte[] body)
    {
        try
        {
            return JsonNode.Parse(body) as JsonObject ?? throw VaultFailure.BadParameter("The request body is not a JSON object.");
        }
        catch (JsonException)
        {
            throw VaultFailure.BadParameter("The request body is not JSON.");
        }
    }

    private static async Task WriteAsync(HttpContext http, Answer answer)
    {
        if (answer is { Status: 200, Body: null })
        {
            http.Response.StatusCode = 204;
            return;
        }
        http.Response.StatusCode = answer.Status;
        http.Response.ContentType = "application/json; charset=utf-8";
        await http.Response.WriteAsync(answer.Body!.ToJsonString(), http.RequestAborted);
    }
}
