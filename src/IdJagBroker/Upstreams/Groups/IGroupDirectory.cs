namespace IdJagBroker.Upstreams.Groups;

/// <summary>A directory that knows all groups of a person, by stable id (SEC-36).</summary>
internal interface IGroupDirectory
{
    /// <summary>All groups; null if the directory says that it knows no such person.</summary>
    /// <exception cref="GroupDirectoryException">It answered something else than the groups.</exception>
    /// <exception cref="HttpRequestException">It did not answer.</exception>
    Task<IReadOnlyList<string>?> GroupsOfAsync(VerifiedSubject person, CancellationToken ct);
}
