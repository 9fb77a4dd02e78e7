using IdJagBroker.Hosting;

namespace IdJagBroker.SignIn.Control;

/// <summary><c>/admin/v1/sessions</c>: who is signed in, by their keys in the log, and what ends that. One file for each operation.</summary>
internal static class SessionApi
{
    public static Problem NotFound { get; } = new(StatusCodes.Status404NotFound, "session-not-found", "There is no such session, or not any more.");

    public static void Map(IEndpointRouteBuilder admin)
    {
        var sessions = admin.MapGroup("/sessions").AddEndpointFilter<AdminFailures>();
        ListSessions.Map(sessions);
        EndSession.Map(sessions);
        EndPersonsSessions.Map(sessions);
    }

    /// <summary>Whether it can be a name of a session or a key of a person: what the database is not asked about otherwise.</summary>
    public static bool IsName(string text) => text.Length is > 0 and <= 64 && text.All(char.IsAscii) && !text.Any(char.IsControl);
}
