using System.Net;
using IdJagBroker.Audit;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.SignIn.Sessions;
using IdJagBroker.Upstreams;
using Npgsql;

namespace IdJagBroker.SignIn.Grants;

/// <summary>A person who is signed in, as they are now.</summary>
internal sealed record SignedIn(SignInSession Session, VerifiedSubject Subject, Person Person);

/// <summary>
/// Who is it whose session this is, as of now? The one way from a session to a person, whatever is to be given for it: the session is not ended, the provider still
/// vouches (<see cref="SessionRecheck"/>), the catalogue still sends people there, and the person was not erased.
/// </summary>
internal sealed class SignInPerson(SessionDirectory sessions, SessionRecheck recheck, PersonDirectory people, TimeProvider clock)
{
    /// <summary>Refuses with <c>invalid_grant</c>.</summary>
    /// <param name="sid">The session.</param>
    /// <param name="snapshot">The policy in force.</param>
    /// <param name="address">From where the request came.</param>
    /// <param name="userAgent">With what.</param>
    /// <param name="ct">Ends the waiting.</param>
    /// <exception cref="UpstreamUnavailableException">The provider had to be asked and did not answer.</exception>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async ValueTask<OAuthResult<SignedIn>> FindAsync(string sid, PolicySnapshot snapshot, IPAddress? address, string? userAgent, CancellationToken ct)
    {
        if (await sessions.FindAsync(sid, ct) is not { } known) return Over("SESSION_ENDED", "the session was ended, or is not known");
        if (await recheck.EnsureAsync(known, snapshot, ct) is not { } session) return Over(SessionEnding.UpstreamRevoked, "the provider no longer vouches for the person");
        if (SessionSubject.Read(session, snapshot, clock.GetUtcNow()).IsRefused(out var subject, out var refusal)) return refusal;
        var person = await people.ResolveAsync(session.Upstream, subject, address, userAgent, ct);
        // Who was erased and comes back is somebody new, and that is not whose session it is.
        return person.SubjectKey == session.SubjectKey ? new SignedIn(session, subject, person) : Over("SESSION_ENDED", "the person was erased");
    }

    private static OAuthError Over(string reason, string detail) => OAuthError.InvalidGrant("the sign-in is over").Because(reason, detail);
}
