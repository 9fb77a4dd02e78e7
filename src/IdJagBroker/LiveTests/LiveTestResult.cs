using System.Collections.Immutable;
using IdJagBroker.Policies.Testing;

namespace IdJagBroker.LiveTests;

/// <summary>What came of one test on the groups that its person really has.</summary>
/// <param name="Test">The test.</param>
/// <param name="File">Its file.</param>
/// <param name="Member">The groups.</param>
/// <param name="Result">What was decided with them; null if they are not known.</param>
internal sealed record LiveTestResult(PolicyTest Test, string File, Member Member, PolicyTestResult? Result)
{
    public bool Passed => Result is { Passed: true };

    /// <summary>Whether it cannot be said: somebody who is gone is a failure, since whoever wrote the test counts on them.</summary>
    public bool IsUnknown => Member.State is MemberState.NoDirectory or MemberState.Unanswered;

    /// <summary>Why, in a closed word: <c>passed</c>, <c>not_as_expected</c>, <c>person_gone</c>, <c>no_directory</c>, <c>directory_unavailable</c>.</summary>
    public string Word => Member.State switch
    {
        MemberState.Gone => "person_gone",
        MemberState.NoDirectory => "no_directory",
        MemberState.Unanswered => "directory_unavailable",
        _ => Passed ? "passed" : "not_as_expected",
    };

    /// <summary>Groups that the person is in and the test does not say so.</summary>
    public ImmutableArray<string> Joined => [.. Member.Groups.Except(Test.Ask.Subject.Groups).Order(StringComparer.Ordinal)];

    /// <summary>Groups that the test says, and the person is not in.</summary>
    public ImmutableArray<string> Left => Member.State is MemberState.Known ? [.. Test.Ask.Subject.Groups.Except(Member.Groups).Order(StringComparer.Ordinal)] : [];
}
