using System.Diagnostics;
using IdJagBroker.Audit;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Revisions;
using IdJagBroker.TokenExchange;
using MediatR;

namespace IdJagBroker.Receipts;

/// <summary>
/// <c>POST /receipts/v1</c>: authorization servers report what became of ID-JAGs. Nothing of the body is read before the server is known, so that
/// strangers cost next to nothing.
/// </summary>
internal static class ReceiptsEndpoint
{
    public const string Path = "/receipts/v1";

    /// <summary>The largest body.</summary>
    public const int MaxBytes = 512 * 1024;

    /// <summary>The most receipts in one body.</summary>
    public const int MaxReceipts = 1_000;

    /// <summary>Answers every request; what recording throws is <see cref="FailureResponses"/>'s.</summary>
    public static async Task Handle(HttpContext http, IMediator mediator, ActivePolicy policy, ReceiptAuthenticator servers, ReplayMemory replay, RateLimits limits)
    {
        if (limits.ForAddress(http.Connection.RemoteIpAddress) is { } limited) { await OAuthResponse.WriteAsync(http, limited); return; }
        if (!HttpMethods.IsPost(http.Request.Method))
        {
            http.Response.Headers.Allow = HttpMethods.Post;
            await OAuthResponse.WriteAsync(http, OAuthError.InvalidRequest("use POST"), StatusCodes.Status405MethodNotAllowed);
            return;
        }
        if (policy.Current.IsNone) { await OAuthResponse.WriteAsync(http, NoPolicy.Refusal); return; }
        var authentication = await servers.AuthenticateAsync(http.Request.Headers.Authorization, policy.Current.Catalog, http.RequestAborted);
        if (authentication.IsRefused(out var proved, out var refusal)) { await RefuseAsync(http, refusal); return; }
        if (limits.ForAuthorizationServer(proved.Server.Alias) is { } tooOften) { await OAuthResponse.WriteAsync(http, tooOften); return; }
        if (!await replay.TryUseAsync(proved.Use, http.RequestAborted)) { await RefuseAsync(http, proved.Use.Refusal); return; }

        if (await ReadAsync(http) is not { } body) return;
        if (body.Optional("receipts") is not { ValueKind: System.Text.Json.JsonValueKind.Array } receipts || receipts.GetArrayLength() is 0 or > MaxReceipts)
        {
            await OAuthResponse.WriteAsync(http, OAuthError.InvalidRequest($"receipts must be a list of 1 to {MaxReceipts}"));
            return;
        }
        var command = new AcceptReceipts(proved.Server, [.. receipts.EnumerateArray()])
        {
            TraceId = Activity.Current?.TraceId.ToString(),
            Network = CallerNetwork.Of(http.Connection.RemoteIpAddress),
            UserAgent = http.Request.Headers.UserAgent is [{ Length: > 0 } agent] ? agent : null,
        };
        var acceptance = await mediator.Send(command, http.RequestAborted);
        await (acceptance.IsRefused(out var answer, out refusal) ? OAuthResponse.WriteAsync(http, refusal) : OAuthResponse.WriteAsync(http, answer.WriteTo));
    }

    private static Task RefuseAsync(HttpContext http, OAuthError refusal)
    {
        if (refusal.Status is StatusCodes.Status401Unauthorized) http.Response.Headers.WWWAuthenticate = "Bearer realm=\"receipts\"";       // RFC 9110 §11.6.1
        return OAuthResponse.WriteAsync(http, refusal);
    }

    // Null if it was refused.
    private static async Task<JsonMembers?> ReadAsync(HttpContext http)
    {
        try
        {
            if (!(await JsonBody.ReadAsync(http.Request, MaxBytes, mayBeEmpty: false, http.RequestAborted)).IsRefused(out var body, out var problem)) return body;
            await OAuthResponse.WriteAsync(http, OAuthError.InvalidRequest(problem.Title), problem.Status);
        }
        catch (IOException e) when (e is not BadHttpRequestException && !http.RequestAborted.IsCancellationRequested)
        {
            // What Kestrel throws for a chunk size that overflows; the server's doing, and no request can follow on that connection.
            http.Response.Headers.Connection = "close";
            await OAuthResponse.WriteAsync(http, OAuthError.InvalidRequest("the request could not be read"));
        }
        return null;
    }
}
