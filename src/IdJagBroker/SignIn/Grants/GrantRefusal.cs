using System.Text.Json.Nodes;
using IdJagBroker.Audit;
using IdJagBroker.Protocol;
using Npgsql;

namespace IdJagBroker.SignIn.Grants;

/// <summary>What is refused of codes and refresh tokens, and what is revoked because of it. The client hears one sentence; the log hears which check failed.</summary>
internal static class GrantRefusal
{
    /// <summary>The code was redeemed before: whoever has its tokens may have stolen it.</summary>
    public const string CodeReused = "CODE_REUSED";

    /// <summary>A refresh token came that another had followed: two have it, and one of them stole it.</summary>
    public const string RefreshReused = "REFRESH_TOKEN_REUSED";

    /// <summary>The client gave it back.</summary>
    public const string GivenBack = "GIVEN_BACK";

    public static OAuthError Code(string reason, string detail) => OAuthError.InvalidGrant("the code is not valid").Because(reason, detail);

    public static OAuthError RefreshToken(string reason, string detail) => OAuthError.InvalidGrant("the refresh token is not valid").Because(reason, detail);

    /// <summary>Revokes a grant with its record, and commits both.</summary>
    public static async Task RevokeAsync(NpgsqlTransaction transaction, SignInGrant grant, string? subjectKey, string reason, DateTimeOffset now, CancellationToken ct)
    {
        if (await GrantTable.RevokeAsync(transaction.Connection!, grant.Id, reason, now, ct) > 0)
        {
            var auditEvent = SignInEvent.Of("refresh.revoked", now, new JsonObject { ["grant"] = grant.Id.ToString() }).Through(grant.Client).In(grant.Sid, subjectKey) with { Reason = reason };
            await AuditBatch.AppendAsync(transaction.Connection!, auditEvent, ct);
        }
        await transaction.CommitAsync(ct);
    }
}
