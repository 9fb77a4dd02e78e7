namespace IdJagBroker.Upstreams.Groups;

/// <summary>A directory did not say which groups a person has. Never a reason to take the person for one without groups.</summary>
/// <param name="message">Fixed words.</param>
/// <param name="retryAfter">How long it wants to be left alone.</param>
internal sealed class GroupDirectoryException(string message, TimeSpan? retryAfter = null) : Exception(message)
{
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
