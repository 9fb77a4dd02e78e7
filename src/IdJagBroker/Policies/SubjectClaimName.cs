using System.Collections.Frozen;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies;

/// <summary>The claims that may say who somebody is to an authorization server.</summary>
internal static class SubjectClaimName
{
    // SEC-35: people, or whoever hires them, can change these; one who takes another's name would become the other.
    private static readonly FrozenSet<string> Changeable =
        FrozenSet.Create(StringComparer.Ordinal, "email", "preferred_username", "upn", "unique_name", "name", "nickname", "phone_number");

    /// <summary>Reports a name that is none, or that of a claim that can change hands.</summary>
    /// <param name="claim">The name.</param>
    /// <param name="at">Where it stands.</param>
    /// <param name="problems">Where faults go.</param>
    /// <param name="insteadOfEmail">What to say of <c>email</c> besides.</param>
    public static void Check(string claim, SourceSpan at, PolicyDiagnostics problems, string insteadOfEmail = "")
    {
        if (claim.Length is 0 or > 128 || claim.Any(c => c is <= ' ' or > '~'))
            problems.Error(at, PolicyDiagnosticCode.ValueInvalid, "the name of a claim is missing, too long, or not printable ASCII");
        else if (Changeable.Contains(claim))
            problems.Error(at, PolicyDiagnosticCode.ValueInvalid,
                $"'{claim}' can change hands and must not say who somebody is" + (claim is "email" ? insteadOfEmail : ""));
    }
}
