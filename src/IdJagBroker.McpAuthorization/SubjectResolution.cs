namespace IdJagBroker.McpAuthorization;

/// <summary>What became of resolving a person (C-27).</summary>
public sealed record SubjectResolution
{
    private SubjectResolution(string? subject, bool isIdentified, string? detail = null) => (Subject, IsIdentified, Detail) = (subject, isIdentified, detail);

    /// <summary>Nobody here can be meant, or more than one could: <c>invalid_grant</c>.</summary>
    public static SubjectResolution NotIdentifiable { get; } = new(null, isIdentified: false);

    /// <summary>The person is known, but blocked, unlicensed or not provisioned: <c>access_denied</c> (RAS-32).</summary>
    public static SubjectResolution NotEntitled { get; } = new(null, isIdentified: true);

    /// <summary>The account's identifier here; what the access token carries as <c>sub</c> (AT-05). Null if there is none.</summary>
    public string? Subject { get; }

    /// <summary>Whether somebody was recognised.</summary>
    public bool IsIdentified { get; }

    /// <summary>Why nobody can be meant; for the log, never for the client, so it names no person.</summary>
    public string? Detail { get; }

    /// <summary><see cref="NotIdentifiable"/>, and why.</summary>
    /// <param name="detail">A few fixed words for the log; no identifier of a person.</param>
    public static SubjectResolution NotIdentifiableBecause(string detail) => new(null, isIdentified: false, detail);

    /// <summary>The person is this account.</summary>
    /// <exception cref="ArgumentException">Empty, or longer than 255 characters.</exception>
    public static SubjectResolution Resolved(string subject) =>
        subject is { Length: > 0 and <= 255 }
            ? new(subject, isIdentified: true)
            : throw new ArgumentException("1 to 255 characters.", nameof(subject));
}
