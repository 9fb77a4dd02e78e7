namespace IdJagBroker.Audit;

/// <summary>Who acts at the admin API.</summary>
/// <param name="Key">The alias in the catalogue, or <c>management-token</c>.</param>
/// <param name="Role">As the catalogue has it.</param>
/// <param name="Session">Null where there is no access token, or none yet.</param>
internal sealed record Administrator(string Key, string? Role, string? Session) : Actor("admin", Key, Role, Session)
{
    /// <summary>Whoever holds the management token: for the day on which nothing else works.</summary>
    public static Administrator BreakGlass { get; } = new("management-token", "break-glass", null);
}
