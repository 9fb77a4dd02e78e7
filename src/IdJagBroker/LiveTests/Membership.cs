using IdJagBroker.Policies;
using IdJagBroker.Policies.Rules;
using IdJagBroker.Upstreams;
using IdJagBroker.Upstreams.Groups;

namespace IdJagBroker.LiveTests;

/// <summary>Whether the groups that somebody really has could be found out.</summary>
internal enum MemberState
{
    /// <summary>They were.</summary>
    Known,

    /// <summary>The directory knows no such person.</summary>
    Gone,

    /// <summary>The identity provider's entry has no <c>groupDirectory</c>.</summary>
    NoDirectory,

    /// <summary>The directory did not answer.</summary>
    Unanswered,
}

/// <summary>The groups that somebody really has.</summary>
/// <param name="State">Whether they are known.</param>
/// <param name="Groups">By alias, those that the policy knows.</param>
/// <param name="RetryAfter">When the directory may be asked again, if it said so.</param>
internal sealed record Member(MemberState State, IReadOnlySet<string> Groups, TimeSpan? RetryAfter = null)
{
    private static readonly HashSet<string> None = [];

    public static Member Of(MemberState state, TimeSpan? retryAfter = null) => new(state, None, retryAfter);
}

/// <summary>Asks the directory of an identity provider for somebody's groups, as a token exchange does for a person whose token does not list them all.</summary>
internal sealed class Membership(GroupDirectories directories)
{
    /// <param name="catalog">Which provider has which directory, and which groups have an alias.</param>
    /// <param name="person">As policies name somebody: <see cref="SubjectName"/>.</param>
    /// <param name="ct">Ends the waiting.</param>
    public async Task<Member> OfAsync(Catalog catalog, string person, CancellationToken ct)
    {
        var bar = person.IndexOf('|', StringComparison.Ordinal);
        var (idp, id) = (catalog.Idps[person[..bar]], person[(bar + 1)..]);
        if (idp.GroupDirectory is not { } directory) return Member.Of(MemberState.NoDirectory);
        if (directory.Kind is GroupDirectoryKind.Graph && !IsEntraPerson(id)) return Member.Of(MemberState.Gone);
        var asked = new VerifiedSubject
        {
            Upstream = idp.Alias, StableId = id, Subject = id, Groups = new HashSet<string>(), GroupsComplete = false, SignInAge = TimeSpan.Zero,
        };
        var answer = await directories.GroupsOfAsync(idp, asked, ct);
        if (!answer.IsRefused(out var groups, out var refusal)) return new Member(MemberState.Known, catalog.GroupAliases(idp.Alias, groups));
        return refusal.Status is StatusCodes.Status503ServiceUnavailable ? Member.Of(MemberState.Unanswered, refusal.RetryAfter) : Member.Of(MemberState.Gone);
    }

    // tid/oid: nobody else is in an Entra directory.
    private static bool IsEntraPerson(string id) => id.Split('/') is [var tenant, var person] && Guid.TryParse(tenant, out _) && Guid.TryParse(person, out _);
}
