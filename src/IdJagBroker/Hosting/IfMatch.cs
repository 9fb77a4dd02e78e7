using Microsoft.Net.Http.Headers;

namespace IdJagBroker.Hosting;

/// <summary>The version that an edit was made from (RFC 9110 §13.1.1): an edit of anything else is a lost update, and refused.</summary>
/// <param name="Tags">The versions named; null if the header is not there.</param>
internal sealed record IfMatch(IReadOnlyList<string>? Tags)
{
    /// <summary>The tag of a version.</summary>
    public static string TagOf(long version) => $"\"{version}\"";

    /// <summary>Refuses with 428 if the header is required and missing, with 400 if it is not a list of entity tags or is <c>*</c>.</summary>
    public static Outcome<IfMatch> Read(HttpRequest request, bool required)
    {
        if (request.Headers.IfMatch.Count is 0)
        {
            return required
                ? new Problem(StatusCodes.Status428PreconditionRequired, "precondition-required", "Send If-Match with the ETag that a GET of the same gave.")
                : new IfMatch((IReadOnlyList<string>?)null);
        }
        if (!EntityTagHeaderValue.TryParseStrictList(request.Headers.IfMatch, out var tags) || tags.Any(tag => tag.Tag == "*"))
            return Problem.Invalid("If-Match must be the ETag that a GET of the same gave.");
        return new IfMatch([.. tags.Where(tag => !tag.IsWeak).Select(tag => tag.Tag.ToString())]);      // strong comparison
    }

    /// <summary>Null if <paramref name="version"/> may be edited, or the 412.</summary>
    public Problem? Check(long version) => Check(TagOf(version));

    /// <summary>The same of something whose tag is not a number.</summary>
    public Problem? Check(string tag) => Tags is null || Tags.Contains(tag, StringComparer.Ordinal)
        ? null
        : new Problem(StatusCodes.Status412PreconditionFailed, "precondition-failed", "It has changed since it was read; read it again.");
}
