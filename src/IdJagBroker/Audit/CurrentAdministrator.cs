namespace IdJagBroker.Audit;

/// <summary>The administrator of the request that is served, for the handlers below it. One for each request.</summary>
internal sealed class CurrentAdministrator
{
    /// <exception cref="InvalidOperationException">Nobody was let in: what is done now, nobody does.</exception>
    public Administrator Value
    {
        get => field ?? throw new InvalidOperationException("There is no administrator.");
        set;
    }

    /// <summary>That of a request to the admin API.</summary>
    public static Administrator Of(HttpContext http) => http.RequestServices.GetRequiredService<CurrentAdministrator>().Value;
}
