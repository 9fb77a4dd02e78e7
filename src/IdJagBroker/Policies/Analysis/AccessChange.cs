using System.Collections.Immutable;

namespace IdJagBroker.Policies.Analysis;

/// <summary>How access differs between two revisions.</summary>
internal enum AccessChangeKind
{
    /// <summary>Somebody gets it who did not.</summary>
    Gained,

    /// <summary>Somebody does not get it who did.</summary>
    Lost,

    /// <summary>Somebody gets it on other terms.</summary>
    Changed,

    /// <summary>There are too many combinations of groups to say.</summary>
    Unknown,
}

/// <summary>One difference.</summary>
/// <param name="Kind">Which way.</param>
/// <param name="Client">The client's alias.</param>
/// <param name="Resource">The resource's alias.</param>
/// <param name="Scope">The scope.</param>
/// <param name="Who">Of whom it is true: each single group, and if of none, the smallest of any other kind that was found.</param>
/// <param name="Before">On what terms they got it, one for each way; empty: not at all.</param>
/// <param name="After">On what terms they get it.</param>
/// <param name="Rules">The rules that differ, by id: what to look at.</param>
internal sealed record AccessChange(
    AccessChangeKind Kind, string Client, string Resource, string Scope, ImmutableArray<Witness> Who, ImmutableArray<string> Before, ImmutableArray<string> After, ImmutableArray<string> Rules);
