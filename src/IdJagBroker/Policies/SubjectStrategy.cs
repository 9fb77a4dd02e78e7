namespace IdJagBroker.Policies;

/// <summary>Where the <c>sub</c> of an ID-JAG comes from.</summary>
internal enum SubjectSource
{
    /// <summary>The broker's own random id of the person.</summary>
    Broker,

    /// <summary>The <c>sub</c> of the upstream's ID Token.</summary>
    UpstreamSub,

    /// <summary>A claim of the upstream's ID Token.</summary>
    Claim,

    /// <summary>An id of the broker's that differs from server to server.</summary>
    Pairwise,

    /// <summary>The mail address, if verified or of an authoritative upstream.</summary>
    Email,
}

/// <summary>How an authorization server is told who somebody is (D3, JAG-06).</summary>
/// <param name="Source">Where the value comes from.</param>
/// <param name="Claim">The claim, for <see cref="SubjectSource.Claim"/>; otherwise null.</param>
internal sealed record SubjectStrategy(SubjectSource Source, string? Claim = null)
{
    public static SubjectStrategy Broker { get; } = new(SubjectSource.Broker);
}
