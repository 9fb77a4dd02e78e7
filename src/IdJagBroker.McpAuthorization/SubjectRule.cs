using IdJagBroker.Protocol;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization;

/// <summary>Turns what the resolver found into an account or a refusal (C-27).</summary>
internal sealed class SubjectRule(ISubjectResolver subjects, IOptions<IdJagAuthorizationServerOptions> options)
{
    /// <summary>The account. Refuses with <c>invalid_grant</c> (nobody recognised) or <c>access_denied</c> (recognised, but may not).</summary>
    public async Task<OAuthResult<string>> ResolveAsync(ValidatedIdJag idJag, CancellationToken ct)
    {
        var resolution = await subjects.ResolveAsync(idJag, ct);
        if (!resolution.IsIdentified) return BadIdJag.UnknownSubject(resolution.Detail);
        if (resolution.Subject is null)
            return options.Value.HideAccessDenied
                ? BadIdJag.UnknownSubject("not entitled")
                : OAuthError.AccessDenied("the subject may not use this server").Because("NOT_ENTITLED");
        // AT-05, RFC 9068 §5: an account that is called like the client would make its tokens look like the client's own.
        return string.Equals(resolution.Subject, idJag.Client.ClientId, StringComparison.Ordinal)
            ? BadIdJag.UnknownSubject("sub is the client id")
            : resolution.Subject;
    }
}
