using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Audit;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;

namespace IdJagBroker.Admin;

/// <summary>The record of what an administrator tried and may not. Who brings no token of ours is nobody known, and does not get to write into the log.</summary>
internal sealed class AdminDenial(AuditInbox inbox, ActivePolicy policy, TimeProvider clock)
{
    private const int MaxUserAgentChars = 256;

    /// <summary>The scope that the request's operation asks for.</summary>
    /// <exception cref="InvalidOperationException">It asks for none: nobody gets in.</exception>
    public static string ScopeNeeded(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<RequiredScope>()?.Scope.Value ?? throw new InvalidOperationException("The operation requires no scope.");

    /// <exception cref="AuditUnavailableException">It did not become durable in time.</exception>
    public Task RecordAsync(HttpContext http, Administrator administrator, ScopeSet scope, string reason)
    {
        var now = clock.GetUtcNow();
        var userAgent = http.Request.Headers.UserAgent.ToString();
        var denied = new AuditEvent
        {
            Id = Guid.CreateVersion7(now),
            OccurredAt = now,
            Type = "admin.denied",
            Outcome = AuditOutcome.Denied,
            Jti = administrator.Session,
            Reason = reason,
            PolicyRevision = policy.Current.Revision,
            TraceId = Activity.Current?.TraceId.ToString(),
            Data = JsonSerializer.SerializeToUtf8Bytes(new JsonObject
            {
                ["actor"] = administrator.ToJson(),
                ["request"] = new JsonObject
                {
                    ["method"] = http.Request.Method,
                    ["path"] = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText,        // the template: what is in a path may be about a person
                    ["scope_needed"] = ScopeNeeded(http),
                },
                ["scope"] = scope.ToString(),
                ["facts"] = new JsonObject
                {
                    ["ip_net"] = CallerNetwork.Of(http.Connection.RemoteIpAddress),
                    ["ua"] = userAgent.Length > MaxUserAgentChars ? userAgent[..MaxUserAgentChars] : userAgent,
                },
            }),
        };
        return inbox.AppendAsync(denied.By(administrator), []);
    }
}
