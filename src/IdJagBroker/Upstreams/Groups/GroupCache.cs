using System.Collections.Concurrent;
using IdJagBroker.Protocol;
using Microsoft.Extensions.Caching.Memory;

namespace IdJagBroker.Upstreams.Groups;

/// <summary>
/// One directory, asked no more than it must be: a person's groups are kept for five minutes, many requests for one person ask once, and a
/// directory that wants to be left alone is. What it does not answer within two seconds is refused, never taken for "no groups".
/// </summary>
internal sealed partial class GroupCache(IGroupDirectory directory, string upstream, TimeProvider clock, ILogger log) : IDisposable
{
    /// <summary>How long groups are believed.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromMinutes(5);

    // Counted in groups, since that is what a person costs: about 30 MB.
    private const int MaxKept = 300_000;
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(2);

    private readonly MemoryCache _kept = new(new MemoryCacheOptions { SizeLimit = MaxKept });
    private readonly ConcurrentDictionary<string, Lazy<Task<Answer>>> _flights = new(StringComparer.Ordinal);
    private long _quietUntilTicks;

    private sealed record Answer(string[]? Groups, bool IsKnown, DateTimeOffset At, TimeSpan? RetryAfter = null);

    /// <summary>All groups; refuses with <c>temporarily_unavailable</c>, or <c>invalid_grant</c> if there is no such person any more (IDP-38).</summary>
    public async Task<OAuthResult<string[]>> GroupsOfAsync(VerifiedSubject person, CancellationToken ct)
    {
        var answer = await AnswerAsync(person, ct);
        if (answer.Groups is { } groups) return groups;
        return answer.IsKnown
            ? OAuthError.TemporarilyUnavailable("temporarily unavailable, try again", answer.RetryAfter ?? TryAgain).Because("DIRECTORY_UNAVAILABLE", $"the group directory of {upstream} did not answer")
            : OAuthError.InvalidGrant("the subject token is not acceptable").Because("REQ_SUBJECT_TOKEN", "the directory knows no such person");
    }

    public void Dispose() => _kept.Dispose();

    private async Task<Answer> AnswerAsync(VerifiedSubject person, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        if (_kept.TryGetValue(person.StableId, out Answer? kept) && now - kept!.At < Fresh) return kept;
        var quietUntil = new DateTimeOffset(Interlocked.Read(ref _quietUntilTicks), TimeSpan.Zero);
        if (now < quietUntil) return new Answer(null, true, now, quietUntil - now);
        // The first one's cancellation must not end what the others wait for: the flight has a deadline of its own.
        var flight = _flights.GetOrAdd(person.StableId, _ => new Lazy<Task<Answer>>(() => AskAsync(person)));
        return await flight.Value.WaitAsync(ct);
    }

    private async Task<Answer> AskAsync(VerifiedSubject person)
    {
        await Task.Yield();
        using var deadline = new CancellationTokenSource(DirectoryHttp.Patience);
        try
        {
            var groups = (await directory.GroupsOfAsync(person, deadline.Token))?.ToArray();
            var answer = new Answer(groups, groups is not null, clock.GetUtcNow());
            if (groups is not null) _kept.Set(person.StableId, answer, new MemoryCacheEntryOptions { Size = groups.Length + 1, AbsoluteExpirationRelativeToNow = Fresh });
            return answer;
        }
        catch (Exception e) when (e is GroupDirectoryException or HttpRequestException or OperationCanceledException)
        {
            NoAnswer(log, upstream, e);
            var now = clock.GetUtcNow();
            var pause = (e as GroupDirectoryException)?.RetryAfter;
            if (pause is { } quiet) Interlocked.Exchange(ref _quietUntilTicks, (now + quiet).UtcTicks);
            return new Answer(null, true, now, pause);
        }
        finally
        {
            _flights.TryRemove(person.StableId, out _);
        }
    }

    [LoggerMessage(1104, LogLevel.Warning, "The group directory of upstream {Upstream} did not answer")]
    private static partial void NoAnswer(ILogger logger, string upstream, Exception exception);
}
