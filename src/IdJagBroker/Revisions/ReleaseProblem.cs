using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Revisions;

/// <summary>Why a policy cannot be published, approved or taken back as asked.</summary>
internal static class ReleaseProblem
{
    private const int Conflict = StatusCodes.Status409Conflict;

    public static Problem OwnedByGit { get; } = new(Conflict, "owned-by-git", "Git owns the policy: this broker follows a directory (Policies:Source).")
    {
        Hint = "Change the files there; the broker takes them by itself.",
    };

    public static Problem NoRelease { get; } = new(StatusCodes.Status404NotFound, "release-not-found", "There is no such release.");

    public static Problem NoRevision { get; } = new(StatusCodes.Status404NotFound, "revision-not-found", "There is no such revision.");

    public static Problem NeverApproved { get; } = new(Conflict, "revision-never-approved", "The revision never decided, so it cannot be taken back; publish it.", "/revision");

    public static Problem Unchanged { get; } = new(Conflict, "policy-unchanged", "These files decide already.");

    public static Problem OwnRelease { get; } = new(StatusCodes.Status403Forbidden, "own-release", "You published this release; somebody else approves it.");

    public static Problem Altered { get; } = new(Conflict, "release-altered", "The files in the database are not those of the release's revision: somebody has been at the tables.");

    public static Problem CannotSign { get; } = new(StatusCodes.Status503ServiceUnavailable, "key-cannot-sign", "The key that signs releases does not sign now; nothing was changed.");

    public static Problem Decided(PolicyRelease release) => new(Conflict, "release-decided", $"The release is {release.State.Word()}.");

    public static Problem Outdated(PolicyRelease release, long inForce) => new(Conflict, "release-outdated",
        FormattableString.Invariant($"The release was made from release {release.Base}, and {inForce} decides now: what changed in between would be lost."))
    {
        Hint = "Reject it, and publish it again from what decides now.",
    };

    /// <summary>The files are no policy, and where.</summary>
    public static Problem Invalid(IEnumerable<PolicyDiagnostic> diagnostics) => new(StatusCodes.Status422UnprocessableEntity, "policy-invalid", "The files are not a policy that this broker can decide by.")
    {
        Extensions = new Dictionary<string, object?> { ["diagnostics"] = diagnostics.Select(PolicyProblem.Of).ToList() },
    };

    /// <summary>More or larger files than are taken.</summary>
    public static Problem TooLarge { get; } = new(StatusCodes.Status413PayloadTooLarge, "too-large",
        $"A policy has at most {PolicyFiles.MaxFiles} files of at most {PolicySource.MaxBytes} bytes, and {PolicyBody.MaxBytes} bytes together.");
}
