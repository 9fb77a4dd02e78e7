using System.Collections.Concurrent;
using System.Diagnostics;
using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.EndToEndTests.Rotation;

/// <summary>What came of a drill.</summary>
/// <param name="Tokens">Issued under it.</param>
/// <param name="Verifications">Made of them: each by each party, when it was issued and again 2.5 min later.</param>
/// <param name="Kids">The keys that signed them.</param>
/// <param name="Failures">Verifications that failed, in words.</param>
/// <param name="Simulated">How much time passed by the drill's clock.</param>
internal sealed record DrillResult(long Tokens, long Verifications, int Kids, IReadOnlyCollection<string> Failures, TimeSpan Simulated);

/// <summary>
/// Rotates the key of two brokers under load, again and again, while two relying parties verify every token with copies of the JWKS that are
/// up to 10 min old. The clock of all of them goes on in steps, each when enough tokens have been issued in the one before.
/// </summary>
internal sealed class RotationDrill : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(2.5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly DrillClock _clock;
    private readonly DrillBrokers _brokers;
    private readonly IRelyingParty[] _parties;
    private readonly ConcurrentQueue<string> _issued = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly ConcurrentDictionary<string, bool> _kids = new(StringComparer.Ordinal);
    private long _tokens;
    private long _verifications;

    private RotationDrill(DrillClock clock, DrillBrokers brokers) => (_clock, _brokers, _parties) = (clock, brokers,
    [
        new LibraryParty(brokers.Issuer, clock),
        new StrictParty(new Uri(brokers.Urls[1] + "/oauth2/jwks"), clock, phase: TimeSpan.FromMinutes(5)),
    ]);

    public static async Task<RotationDrill> StartAsync(string connectionString, Action<IServiceCollection>? plugIn = null)
    {
        var clock = new DrillClock();
        return new RotationDrill(clock, await DrillBrokers.StartAsync(connectionString, clock, plugIn));
    }

    /// <param name="rotations">How many.</param>
    /// <param name="inFlight">How many clients ask for tokens all the time.</param>
    /// <param name="tokensAStep">How many tokens are issued before the clock goes on.</param>
    public async Task<DrillResult> RunAsync(int rotations, int inFlight, int tokensAStep, CancellationToken ct)
    {
        var started = _clock.GetUtcNow();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var load = Task.WhenAll(Enumerable.Range(0, inFlight).Select(client => IssueAsync(client, over)));
        try
        {
            for (var rotation = 0; rotation < rotations && !load.IsFaulted; rotation++) await RotateAsync(tokensAStep, over.Token);
        }
        finally
        {
            await over.CancelAsync();
            await load;
        }
        return new DrillResult(_tokens, _verifications, _kids.Count, _failures, _clock.GetUtcNow() - started);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var party in _parties) party.Dispose();
        await _brokers.DisposeAsync();
    }

    private async Task RotateAsync(int tokensAStep, CancellationToken ct)
    {
        await TokensAsync(tokensAStep, ct);
        var before = (await KeysAsync(ct)).Single(key => key.State is KeyState.Active);
        if (!await _brokers.Table.RequestRotationAsync(before, RotationRequest.Orderly, KeyActor.CommandLine, ct)) throw new InvalidOperationException("The rotation was not taken.");

        // What takes the replicas a second must not take minutes of a clock that jumps: it stands until each has the next key, and until each signs with it.
        string? next = null;
        await UntilAsync(async () => (next = await NextAsync(before, ct)) is not null, ct);
        while ((await KeysAsync(ct)).Single(key => key.Kid == next).State is not KeyState.Active) await StepAsync(tokensAStep, ct);
        await UntilAsync(() => Task.FromResult(_brokers.Signs() == next), ct);
        await StepAsync(tokensAStep, ct, TimeSpan.Zero);
        await StepAsync(tokensAStep, ct);
    }

    // The load goes on meanwhile; what was issued before the step must verify after it too.
    private async Task StepAsync(int tokens, CancellationToken ct, TimeSpan? by = null)
    {
        var earlier = new List<string>();
        while (_issued.TryDequeue(out var token)) earlier.Add(token);
        _clock.Advance(by ?? Step);
        _brokers.SignIn();
        await _brokers.TurnAsync(ct);
        foreach (var token in earlier) await VerifyAsync(token, ct);
        await TokensAsync(tokens, ct);
    }

    private async Task TokensAsync(int tokens, CancellationToken ct)
    {
        var enough = Interlocked.Read(ref _tokens) + tokens;
        await UntilAsync(() => Task.FromResult(Interlocked.Read(ref _tokens) >= enough), ct);
    }

    private async Task IssueAsync(int client, CancellationTokenSource over)
    {
        try
        {
            for (var turn = client; !over.IsCancellationRequested; turn++)
            {
                var token = await _brokers.IssueAsync(turn, over.Token);
                await VerifyAsync(token, over.Token);
                _kids.TryAdd((string)Jwts.Header(token)["kid"]!, true);
                _issued.Enqueue(token);
                Interlocked.Increment(ref _tokens);
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The drill is over.
        }
        catch
        {
            await over.CancelAsync();
            throw;
        }
    }

    private async Task VerifyAsync(string token, CancellationToken ct)
    {
        foreach (var party in _parties)
        {
            var failure = await party.VerifyAsync(token, ct);
            Interlocked.Increment(ref _verifications);
            if (failure is not JwsFailure.None) _failures.Enqueue($"{party.GetType().Name}: {failure} for {Jwts.Header(token)["kid"]} at {_clock.GetUtcNow():u}");
        }
    }

    private async Task<IReadOnlyList<SigningKeyRow>> KeysAsync(CancellationToken ct) =>
        [.. (await _brokers.Table.ReadAsync(ct)).Where(key => key.Purpose is KeyPurpose.IdJag && key.Algorithm is "ES256")];

    private async Task<string?> NextAsync(SigningKeyRow before, CancellationToken ct)
    {
        await _brokers.TurnAsync(ct);
        var next = (await KeysAsync(ct)).Where(key => key.CreatedAt >= before.CreatedAt && key.Kid != before.Kid && key.State is KeyState.Published or KeyState.Active).MaxBy(key => key.Version);
        var replicas = await _brokers.Table.ReadReplicasAsync(ct);
        return next is not null && next.Kid != before.Kid && replicas.Count == _brokers.Urls.Count && replicas.All(replica => replica.Kids.Contains(next.Kid)) ? next.Kid : null;
    }

    private static async Task UntilAsync(Func<Task<bool>> holds, CancellationToken ct)
    {
        for (var started = Stopwatch.GetTimestamp(); !await holds(); await Task.Delay(5, ct))
            if (Stopwatch.GetElapsedTime(started) > Patience) throw new TimeoutException("The drill does not go on.");
    }
}
