using System.Collections.Immutable;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies.Testing;

/// <summary>What a decision must be. What is null was not written, and is not compared.</summary>
internal sealed record TestExpectation
{
    public required bool Allowed { get; init; }

    public PolicyReason? Reason { get; init; }

    /// <summary>Exactly what is granted, in any order.</summary>
    public ScopeSet? Scopes { get; init; }

    /// <summary>Exactly the rules that give, or refuse; in ordinal order.</summary>
    public ImmutableArray<string>? Rules { get; init; }

    public TimeSpan? Lifetime { get; init; }

    public ExpectedChallenge? Challenge { get; init; }

    public ExpectedShadow? Shadow { get; init; }
}

/// <summary>What the person is asked for when signing in again.</summary>
internal sealed record ExpectedChallenge(string? Error, ImmutableArray<string>? Acr, ImmutableArray<string>? Amr, long? MaxAge);

/// <summary>What the rules on trial would have made of it.</summary>
internal sealed record ExpectedShadow(bool? Allowed, PolicyReason? Reason, ImmutableArray<string>? Rules);
