using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using IdJagBroker.Audit;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.SignIn.Providers;
using IdJagBroker.Upstreams;
using Npgsql;

namespace IdJagBroker.SignIn.Sessions;

/// <summary>
/// Does the provider still vouch for the person? (IDP-38, IDP-41.) Where it gave a refresh token, it is asked when what is known is older than the catalogue lets it
/// be; a person who is disabled there stops getting anything, and whose groups changed has the new ones. One asks, however many requests and replicas there are:
/// a provider that rotates its tokens takes two for theft.
/// </summary>
internal sealed partial class SessionRecheck(
    NpgsqlDataSource database, SessionTable table, SessionDirectory sessions, SessionEnding ending, ProviderTokens tokens, ProviderIdToken idTokens, TimeProvider clock, ILogger<SessionRecheck> log) : IDisposable
{
    // Each holds a connection while the provider answers: a slow provider must leave connections for what is recorded.
    private const int MaxAtOnce = 16;

    private static readonly TimeSpan PatienceForTurn = TimeSpan.FromSeconds(2);
    private readonly SemaphoreSlim _turns = new(MaxAtOnce);
    private readonly ConcurrentDictionary<string, Lazy<Task<SignInSession?>>> _flights = new(StringComparer.Ordinal);

    /// <summary>The session as it is now; null if the provider no longer vouches for the person: then it is ended.</summary>
    /// <exception cref="UpstreamUnavailableException">The provider had to be asked and did not answer.</exception>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async ValueTask<SignInSession?> EnsureAsync(SignInSession session, PolicySnapshot snapshot, CancellationToken ct)
    {
        if (!IsDue(session, snapshot, out _)) return session;
        var flight = _flights.GetOrAdd(session.Sid, sid => new Lazy<Task<SignInSession?>>(() => AskAsync(sid, snapshot)));
        try
        {
            return await flight.Value.WaitAsync(ct);
        }
        finally
        {
            if (flight.Value.IsCompleted) _flights.TryRemove(new(session.Sid, flight));
        }
    }

    public void Dispose() => _turns.Dispose();

    private bool IsDue(SignInSession session, PolicySnapshot snapshot, out CatalogIdp? idp)
    {
        idp = snapshot.Catalog.FindIdp(session.Facts.Issuer);
        return session.Facts.RefreshToken is not null && idp?.SignIn is { } signIn && clock.GetUtcNow() - session.CheckedAt >= signIn.RecheckAfter;
    }

    private async Task<SignInSession?> AskAsync(string sid, PolicySnapshot snapshot)
    {
        if (!await _turns.WaitAsync(PatienceForTurn)) throw new UpstreamUnavailableException("all", new TimeoutException("Too many people are being looked up."));
        try
        {
            await using var connection = await database.OpenConnectionAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            if (await table.HoldAsync(connection, sid, default) is not { IsEnded: false } session) return null;
            if (!IsDue(session, snapshot, out var idp)) return session;        // another replica has asked meanwhile
            var now = await AskAsync(connection, session, idp!, snapshot);
            await transaction.CommitAsync();
            return now;
        }
        finally
        {
            _turns.Release();
            sessions.Forget(sid);
        }
    }

    private async Task<SignInSession?> AskAsync(NpgsqlConnection connection, SignInSession session, CatalogIdp idp, PolicySnapshot snapshot)
    {
        var answer = await tokens.RefreshAsync(idp, session.Facts.RefreshToken!, default);
        if (answer.Error is "invalid_grant")
        {
            await ending.EndAsync(connection, session.Sid, session.SubjectKey, SessionEnding.UpstreamRevoked, [], auditEvent => auditEvent with { ActorKind = "upstream", ActorKey = idp.Alias }, default);
            return null;
        }
        if (answer.Error is { } error) throw new UpstreamUnavailableException(idp.Alias, new HttpRequestException($"It refuses a refresh token with {error}."));
        var facts = session.Facts with { RefreshToken = answer.RefreshToken ?? session.Facts.RefreshToken };
        var groupsChanged = false;
        if (answer.IdToken is not null)
        {
            var verification = await idTokens.VerifyAsync(idp, answer, nonce: null, snapshot, default);
            if (verification.IsRefused(out var proven, out var refusal)) throw new UpstreamUnavailableException(idp.Alias, new InvalidDataException(refusal.Detail));
            if (SessionSubject.Read(session, snapshot, clock.GetUtcNow()).IsRefused(out var before, out _) || before.StableId != proven.Subject.StableId)
            {
                AnotherPerson(idp.Alias);
                throw new UpstreamUnavailableException(idp.Alias, new InvalidDataException("The refreshed ID Token is about somebody else."));      // OpenID Connect Core §12.2
            }
            facts = proven.Facts with { RefreshToken = facts.RefreshToken };
            groupsChanged = !before.GroupIds.ToHashSet(StringComparer.Ordinal).SetEquals(proven.Subject.GroupIds);
        }
        var now = session with { Facts = facts, CheckedAt = clock.GetUtcNow() };
        await table.KeepAsync(connection, now, default);
        var auditEvent = SignInEvent.Of("signin.rechecked", now.CheckedAt, new JsonObject { ["groups_changed"] = groupsChanged, ["id_token"] = answer.IdToken is not null, ["upstream"] = idp.Alias });
        await AuditBatch.AppendAsync(connection, auditEvent.In(session.Sid, session.SubjectKey) with { ActorKind = "upstream", ActorKey = idp.Alias }, default);
        return now;
    }

    [LoggerMessage(1711, LogLevel.Error, "Upstream {Upstream} answered a refresh token with an ID Token about somebody else")]
    private partial void AnotherPerson(string upstream);
}
