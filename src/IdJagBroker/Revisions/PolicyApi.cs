using IdJagBroker.Hosting;
using IdJagBroker.Keys.Control;
using Microsoft.Extensions.Options;

namespace IdJagBroker.Revisions;

/// <summary><c>/admin/v1/policy</c>: one file for each operation.</summary>
internal static class PolicyApi
{
    private const int MaxTicketChars = 100;

    public static void Map(IEndpointRouteBuilder admin)
    {
        var policy = admin.MapGroup("/policy").AddEndpointFilter<AdminFailures>();
        GetPolicy.Map(policy);
        ListRevisions.Map(policy);
        GetRevision.Map(policy);
        GetRelease.Map(policy);
        ValidatePolicy.Map(policy);

        var releases = policy.MapGroup("").AddEndpointFilter(OnlyOfADatabaseAsync);
        PublishPolicy.Map(releases);
        ApproveRelease.Map(releases);
        RejectRelease.Map(releases);
        RollBackPolicy.Map(releases);
    }

    // Before anything is read: what Git owns has one way in, and this is not it.
    private static ValueTask<object?> OnlyOfADatabaseAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        context.HttpContext.RequestServices.GetRequiredService<IOptions<PolicySourceOptions>>().Value.IsDatabase ? next(context) : new(ReleaseProblem.OwnedByGit.ToResult());

    /// <summary>Shows a release with its entity tag, or why not.</summary>
    public static IResult Show(HttpContext http, Outcome<PolicyRelease> outcome, bool isNew = false)
    {
        if (outcome.IsRefused(out var release, out var problem)) return problem.ToResult();
        http.Response.Headers.ETag = release.Tag;
        return isNew ? Results.Created(FormattableString.Invariant($"/admin/v1/policy/releases/{release.Number}"), ReleaseView.Of(release)) : Results.Ok(ReleaseView.Of(release));
    }

    /// <summary>Null, or what is wrong with words for the log.</summary>
    public static Problem? TextFault(string? text, string member) =>
        OperatorReason.Fault(text) is null ? null : Problem.Invalid($"'{member}' is 1 to {OperatorReason.MaxChars} characters of text, without control characters.", "/" + member);

    /// <summary>The same of a ticket, which is short.</summary>
    public static Problem? TicketFault(string? ticket) =>
        ticket?.Length > MaxTicketChars ? Problem.Invalid($"'ticket' has at most {MaxTicketChars} characters.", "/ticket") : TextFault(ticket, "ticket");
}
