using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using IdJagBroker.Clients;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Rules;
using IdJagBroker.Protocol;
using IdJagBroker.Upstreams;
using Microsoft.Extensions.Options;

namespace IdJagBroker.TokenExchange;

/// <summary>
/// The limits of the token endpoint and of receipts (IDP-64, SEC-30, ADR 0012). An address is counted before anything is read. A client is
/// counted when it has proved who it is, so that nobody else can use up what is its; a person when an upstream's signature has named
/// them, for the same reason.
/// </summary>
internal sealed class RateLimits : IDisposable
{
    /// <summary>
    /// How many addresses, or people, are told apart. Strangers choose addresses, so their number must not be what memory grows with; those
    /// that fall into one slot share its limit, and which do differs in each process and cannot be guessed.
    /// </summary>
    public const int Slots = 16 * 1024;

    private readonly RateLimit<int> _address;
    private readonly RateLimit<string> _client;
    private readonly RateLimit<int> _subject;
    private readonly RateLimit<string> _server;
    private readonly ConcurrentDictionary<(string Rule, PolicyRate Rate), RateLimit<int>> _rules = new();
    private readonly ILogger<RateLimits> _log;
    private readonly TimeProvider _clock;

    public RateLimits(IOptions<RateLimitOptions> options, ILogger<RateLimits> log, TimeProvider clock)
    {
        (_log, _clock) = (log, clock);
        var limits = options.Value;
        _address = new RateLimit<int>("address", limits.AddressBurst, TimeSpan.FromSeconds(1) / limits.AddressPerSecond, log, clock);
        _client = new RateLimit<string>("client", limits.ClientBurst, TimeSpan.FromSeconds(1) / limits.ClientPerSecond, log, clock);
        _subject = new RateLimit<int>("subject", limits.SubjectBurst, TimeSpan.FromSeconds(1) / limits.SubjectPerSecond, log, clock);
        _server = new RateLimit<string>("authorization server", limits.ReceiptsBurst, TimeSpan.FromSeconds(1) / limits.ReceiptsPerSecond, log, clock);
    }

    /// <summary>Null, or the refusal of a request from an address that asks too often.</summary>
    public OAuthError? ForAddress(IPAddress? address)
    {
        if (address is { IsIPv4MappedToIPv6: true }) address = address.MapToIPv4();
        Span<byte> bytes = stackalloc byte[16];
        var length = 0;
        address?.TryWriteBytes(bytes, out length);
        var hash = new HashCode();
        hash.AddBytes(bytes[..Math.Min(length, 8)]);       // a subscriber has all of an IPv6 /64
        return _address.Take(Slot(hash.ToHashCode()));
    }

    /// <summary>
    /// Null, or the refusal of a request by a client that has proved who it is; there are no more of them than administrators wrote. A public client proves nothing: what comes
    /// in its name is counted by address alone, or anybody could use up what is its.
    /// </summary>
    public OAuthError? ForClient(Authenticated<CatalogClient> client) => client.Method is ClientAuthenticationMethod.None ? null : _client.Take(client.Registration.Alias);

    /// <summary>The same of an administrator, who shares no limit with a client of that alias: no alias has a slash.</summary>
    public OAuthError? ForAdministrator(string alias) => _client.Take("administrators/" + alias);

    /// <summary>Null, or the refusal of a request about a person whom an upstream vouches for, through whichever client.</summary>
    public OAuthError? ForSubject(VerifiedSubject subject) => _subject.Take(Slot(subject.PolicyName.GetHashCode(StringComparison.Ordinal)));

    /// <summary>Null, or the refusal of receipts of an authorization server that has proved who it is.</summary>
    /// <param name="alias">Its alias; there are no more of them than administrators wrote.</param>
    public OAuthError? ForAuthorizationServer(string alias) => _server.Take(alias);

    /// <summary>Null, or the refusal of a token about a person who got as many as one of the rules that grant it gives (<c>ratePerSubject</c>).</summary>
    public OAuthError? ForRules(PolicySnapshot snapshot, ImmutableArray<string> rules, VerifiedSubject subject)
    {
        if (snapshot.Rates.Count is 0) return null;
        foreach (var id in rules)
        {
            if (!snapshot.Rates.TryGetValue(id, out var rate)) continue;
            var limit = _rules.GetOrAdd((id, rate), key => new RateLimit<int>("rule and subject", key.Rate.Count, key.Rate.Per / key.Rate.Count, _log, _clock));
            if (limit.Take(Slot(subject.PolicyName.GetHashCode(StringComparison.Ordinal))) is { } tooMany) return tooMany;
        }
        return null;
    }

    public void Dispose()
    {
        _address.Dispose();
        _client.Dispose();
        _subject.Dispose();
        _server.Dispose();
        foreach (var limit in _rules.Values) limit.Dispose();
    }

    private static int Slot(int hash) => hash & (Slots - 1);
}
