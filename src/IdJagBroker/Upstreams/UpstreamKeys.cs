using IdJagBroker.Egress;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Upstreams;

/// <summary>
/// One upstream's keys: cached, refreshed by one request at a time, kept through an outage for a day, and never re-fetched faster
/// than the cool-down however many unknown <c>kid</c>s are presented (SEC-14, SEC-15), as <see cref="Kept{T}"/> keeps things.
/// </summary>
internal sealed partial class UpstreamKeys
{
    /// <summary>How long a key set is used without asking again.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromMinutes(10);

    private readonly UpstreamKeySource _source;
    private readonly UpstreamMetadata _metadata;
    private readonly UpstreamRecord _record;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly Kept<FetchedKeys> _kept;
    private FetchedKeys? _last;
    private DateTimeOffset? _awaySince;

    public UpstreamKeys(UpstreamKeySource source, UpstreamMetadata metadata, UpstreamRecord record, TimeProvider clock, ILogger log)
    {
        (_source, _metadata, _record, _clock, _log) = (source, metadata, record, clock, log);
        _kept = new Kept<FetchedKeys>(FetchAsync, clock);
    }

    /// <summary>The keys, with the one called <paramref name="keyId"/> among them if the upstream has it.</summary>
    /// <exception cref="UpstreamUnavailableException">There are none, or none recent enough.</exception>
    public async ValueTask<JsonWebKeySet> GetAsync(string? keyId, CancellationToken ct) =>
        (await _kept.GetAsync(keyId, ct)).Value?.Keys ?? throw new UpstreamUnavailableException(_source.Upstream);

    private async Task<Fetched<FetchedKeys>> FetchAsync()
    {
        FetchedKeys fetched;
        try
        {
            fetched = await _metadata.FetchKeysAsync(_source, CancellationToken.None);
        }
        catch (Exception e)
        {
            FetchFailed(_log, _source.Upstream, e);
            if (_awaySince is null) _record.Unreachable(_source, e);        // once for each outage
            _awaySince ??= _clock.GetUtcNow();
            throw;
        }
        if (_awaySince is { } since) _record.Recovered(_source, _clock.GetUtcNow() - since);
        _awaySince = null;
        if (_last is { } last) Compare(last, fetched);
        _last = fetched;
        return new Fetched<FetchedKeys>(fetched, Fresh);
    }

    // SEC-17: an upstream that moves or changes its keys is worth a line and a record, even when nobody notices otherwise.
    private void Compare(FetchedKeys last, FetchedKeys fetched)
    {
        if (!last.IsSameAs(fetched))
        {
            var (gone, @new) = (Names(last, except: fetched), Names(fetched, except: last));
            KeysChanged(_log, _source.Upstream, string.Join(' ', gone), string.Join(' ', @new));
            _record.KeysChanged(_source, gone, @new);
        }
        if (fetched.JwksUri == last.JwksUri) return;
        KeysMoved(_log, _source.Upstream, last.JwksUri, fetched.JwksUri);
        _record.KeysMoved(_source, last.JwksUri, fetched.JwksUri);
    }

    // By thumbprint: a kid is whatever the upstream writes.
    private static string[] Names(FetchedKeys keys, FetchedKeys except) =>
        [.. keys.Keys.Keys.Select(key => key.Thumbprint).Except(except.Keys.Keys.Select(key => key.Thumbprint))];

    [LoggerMessage(1101, LogLevel.Warning, "The keys of upstream {Upstream} could not be fetched")]
    private static partial void FetchFailed(ILogger logger, string upstream, Exception exception);

    [LoggerMessage(1102, LogLevel.Warning, "Upstream {Upstream} changed its keys: gone are [{Gone}], new are [{New}]")]
    private static partial void KeysChanged(ILogger logger, string upstream, string gone, string @new);

    [LoggerMessage(1103, LogLevel.Warning, "Upstream {Upstream} moved its keys from {From} to {To}")]
    private static partial void KeysMoved(ILogger logger, string upstream, Uri from, Uri to);
}
