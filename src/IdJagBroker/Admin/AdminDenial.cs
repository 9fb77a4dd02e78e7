using System.Diagnostics;
using System.Text.Json.Nodes;
using IdJagBroker.Audit;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;

namespace IdJagBroker.Admin;

/// <summary>The record of what an administrator tried and may not. Who brings no token of ours is nobody known, and does not get to write into the log.</summary>
internal sealed class AdminDenial(AuditInbox inbox, ActivePolicy policy, TimeProvider clock)
{
    /// <summary>The scope that the request's operation asks for.</summary>
    /// <exception cref="InvalidOperationException">It asks for none: nobody gets in.</exception>
    public static string ScopeNeeded(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<RequiredScope>()?.Scope.Value ?? throw new InvalidOperationException("The operation requires no scope.");

    /// <exception cref="AuditUnavailableException">It did not become durable in time.</exception>
    public Task RecordAsync(HttpContext http, Administrator administrator, ScopeSet scope, string reason)
    {
        var now = clock.GetUtcNow();
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
            Network = CallerNetwork.Of(http.Connection.RemoteIpAddress),
            UserAgent = http.Request.Headers.UserAgent,
            Data = EventData.Of(new JsonObject
            {
                ["request"] = new JsonObject
                {
                    ["method"] = http.Request.Method,
                    ["path"] = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText,        // the template: what is in a path may be about a person
                    ["scope_needed"] = ScopeNeeded(http),
                },
                ["scope"] = scope.ToString(),
            }),
        };
        return inbox.AppendAsync(denied.By(administrator), []);
    }
}
