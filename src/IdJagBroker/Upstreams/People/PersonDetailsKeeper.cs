using System.Net;
using System.Security.Cryptography;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.Upstreams.People;

/// <summary>A person whom this process knows, and what of their details it knows to be kept.</summary>
internal sealed class KnownPerson(Person person, byte[]? digest)
{
    private long _noticed;

    public Person Person { get; } = person;

    /// <summary>Of what the database holds; null: nothing.</summary>
    public byte[]? Digest { get; set; } = digest;

    /// <summary>Whether details are not those of the last time. They are from now on.</summary>
    public bool Notice(PersonDetails details)
    {
        var hash = (1L << 32) | (uint)details.GetHashCode();
        return Interlocked.Exchange(ref _noticed, hash) != hash;
    }

    /// <summary>So that the next request tries again.</summary>
    public void Unnotice() => Interlocked.Exchange(ref _noticed, 0);
}

/// <summary>
/// Keeps people's details when they are first seen and when they change, beside the requests: no request waits for it or asks the database
/// because of it. What cannot be kept now is kept at the person's next request.
/// </summary>
internal sealed partial class PersonDetailsKeeper(
    PersonTable table, PersonVault vault, IOptions<PersonalDetailsOptions> options, ILogger<PersonDetailsKeeper> log) : BackgroundService
{
    private const int MaxWaiting = 10_000;

    private readonly Channel<(KnownPerson Person, PersonDetails Details)> _waiting =
        Channel.CreateBounded<(KnownPerson, PersonDetails)>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
    private readonly bool _keeps = options.Value.Keep is not PersonalDetailsOptions.None;
    private readonly bool _withAddress = options.Value.Keep is PersonalDetailsOptions.IdentityAndAddress;
    private bool _trouble;

    /// <summary>Takes note of what a request says; compares two numbers if it says nothing new.</summary>
    public void Notice(KnownPerson person, VerifiedSubject subject, IPAddress? address, string? userAgent)
    {
        if (!_keeps) return;
        var details = PersonDetails.Of(subject, address, userAgent, _withAddress);
        if (person.Notice(details) && !_waiting.Writer.TryWrite((person, details))) person.Unnotice();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var (person, details) in _waiting.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await KeepAsync(person, details, stoppingToken);
                _trouble = false;
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                person.Unnotice();
                if (!_trouble) NotKept(e);      // once for each outage
                _trouble = true;
            }
        }
    }

    private async Task KeepAsync(KnownPerson person, PersonDetails details, CancellationToken ct)
    {
        var key = person.Person.SubjectKey;
        if (person.Digest is { } kept && CryptographicOperations.FixedTimeEquals(kept, vault.Digest(key, details))) return;
        var sealedDetails = vault.Seal(key, details);
        await table.KeepAsync(key, sealedDetails, ct);
        person.Digest = sealedDetails.Digest;
    }

    [LoggerMessage(1121, LogLevel.Warning, "Personal details could not be kept; it is tried again at the next request of each person")]
    private partial void NotKept(Exception exception);
}
