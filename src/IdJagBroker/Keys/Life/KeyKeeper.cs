using System.Globalization;
using IdJagBroker.Storage;
using Npgsql;

namespace IdJagBroker.Keys.Life;

/// <summary>
/// Moves the keys through their lives, on one replica at a time: whoever holds the advisory lock leads, and whoever comes after goes on
/// where the table says. Never a restart, never a second leader's double step.
/// </summary>
internal sealed partial class KeyKeeper(
    NpgsqlDataSource database, KeyTable table, KeyNeeds needs, KeyProviders providers, SigningKeyRing ring, TimeProvider clock, ILogger<KeyKeeper> log)
    : BackgroundService
{
    private const long Lead = 4921020;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookWhileAnyWaits = TimeSpan.FromSeconds(0.25);     // a vault that is away costs nothing to ask: its circuit lets one call a second through
    private readonly HashSet<string> _waits = new(StringComparer.Ordinal);
    private bool _trouble;

    /// <summary>Takes what steps are due, so that a first start ends with keys before the ports open.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TryTurnAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await Task.Delay(_waits.Count > 0 ? LookWhileAnyWaits : LookEvery, clock, stoppingToken);
            await TryTurnAsync(stoppingToken);
        }
    }

    /// <summary>Takes every step that is due, if nobody else leads. Returns how many were taken.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<int> TurnAsync(CancellationToken ct)
    {
        // The lock is the transaction's, not the session's: the connection goes back to a pool, and the lock must never go with it.
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var lead = await connection.BeginTransactionAsync(ct);
        if (!await TryLeadAsync(connection, ct))
        {
            _waits.Clear();
            return 0;
        }
        var taken = 0;
        for (var more = true; more; taken += more ? 1 : 0) more = await StepAsync(ct);
        return taken;
    }

    private async Task<bool> StepAsync(CancellationToken ct)
    {
        var keys = await table.ReadAsync(ct);
        var due = KeyLife.Due(needs.Slots, keys, await table.ReadReplicasAsync(ct), providers.Current.TimesFor, clock.GetUtcNow());
        _waits.IntersectWith(due.Select(step => step.ToString()));
        // To the end for ID-JAGs before anything else: clients wait for those, after a vault's return too.
        var ofIdJags = due.ToLookup(step => PurposeOf(step, keys) is KeyPurpose.IdJag);
        var any = await TakeAllAsync(ofIdJags[true], keys, ct) || await TakeAllAsync(ofIdJags[false], keys, ct);
        if (any) await ring.ReloadAsync(ct);        // and so this replica reports what it has learned
        return any;
    }

    private async Task<bool> TakeAllAsync(IEnumerable<KeyStep> due, IReadOnlyList<SigningKeyRow> keys, CancellationToken ct)
    {
        var any = false;
        foreach (var step in due)
        {
            try
            {
                any |= await TakeAsync(step, keys, ct);
            }
            catch (SigningUnavailableException e)       // one vault that is away must not hold up the keys of another
            {
                if (_waits.Add(step.ToString())) NotMade(step.ToString(), e);       // once for each outage
            }
        }
        return any;
    }

    private static KeyPurpose? PurposeOf(KeyStep step, IReadOnlyList<SigningKeyRow> keys)
    {
        KeyPurpose Of(string kid) => keys.Single(key => key.Kid == kid).Purpose;
        return step switch
        {
            KeyStep.Create create => create.Slot.Purpose,
            KeyStep.Publish publish => Of(publish.Kid),
            KeyStep.Activate activate => Of(activate.Kid),
            _ => null,      // what is taken away can wait
        };
    }

    private async Task<bool> TakeAsync(KeyStep step, IReadOnlyList<SigningKeyRow> keys, CancellationToken ct)
    {
        SigningKeyRow Key(string kid) => keys.Single(key => key.Kid == kid);
        var taken = step switch
        {
            KeyStep.Create create => await CreateAsync(create.Slot, keys, ct),
            KeyStep.Publish publish => await table.PublishAsync(Key(publish.Kid), KeyActor.Keeper, ct),
            KeyStep.Activate activate => await table.ActivateAsync(
                Key(activate.Kid), activate.Retires is { } before ? Key(before) : null, activate.Emergency, KeyActor.Keeper, ct),
            KeyStep.Retire retire => await table.RetireAsync(Key(retire.Kid), KeyActor.Keeper, ct),
            KeyStep.Remove remove => await table.RemoveAsync(Key(remove.Kid), KeyActor.Keeper, ct),
            _ => throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"No such step: {step}.")),
        };
        _waits.Remove(step.ToString());
        if (taken) Stepped(step.ToString());
        return taken;
    }

    private async Task<bool> CreateAsync(KeySlot slot, IReadOnlyList<SigningKeyRow> keys, CancellationToken ct)
    {
        if (await providers.Current.CreateAsync(slot, [.. keys.Where(key => key.Slot == slot)], clock.GetUtcNow(), ct) is not { } made) return false;
        // It would be removed at once, and another made, without end.
        if (made.NotAfter <= clock.GetUtcNow()) throw new SigningUnavailableException($"The newest key of {slot} ended {made.NotAfter:u}.");
        return await table.AddAsync(made, KeyActor.Keeper, ct);
    }

    private async Task TryTurnAsync(CancellationToken ct)
    {
        try
        {
            await TurnAsync(ct);
            _trouble = false;
            if (!ring.IsReady(needs.Slots)) await ring.RefreshAsync(ct);       // a vault that was away may be back: sooner than the next poll
        }
        catch (Exception e) when (!ct.IsCancellationRequested)      // whatever it was, this must go on trying
        {
            if (!_trouble) NotTaken(e);         // once for each outage, not once a second
            _trouble = true;
        }
    }

    private static async Task<bool> TryLeadAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select pg_try_advisory_xact_lock($1)", connection);
        command.Parameters.Add(new() { Value = Lead });
        return await command.ExecuteScalarAsync(ct) is true;
    }

    [LoggerMessage(1601, LogLevel.Information, "Keys: {Step}")]
    private partial void Stepped(string step);

    [LoggerMessage(1603, LogLevel.Warning, "Keys: {Step} waits for the store of the keys")]
    private partial void NotMade(string step, Exception exception);

    [LoggerMessage(1602, LogLevel.Warning, "The keys could not be kept; it is tried again")]
    private partial void NotTaken(Exception exception);
}
