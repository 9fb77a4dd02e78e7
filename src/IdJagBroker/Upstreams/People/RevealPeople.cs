using System.Text.Json.Serialization;
using IdJagBroker.Audit;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using MediatR;

namespace IdJagBroker.Upstreams.People;

/// <summary>
/// <c>GET /admin/v1/people?upstream=…&amp;id=…</c>, <c>?email=…</c> and <c>GET /admin/v1/people/{subject_key}</c>: who somebody is. That it was
/// asked is durable before it is answered.
/// </summary>
internal static class RevealPeople
{
    /// <param name="By">How they are asked for, as the record says it.</param>
    /// <param name="Find">Finds them.</param>
    /// <param name="Http">The request, for the record.</param>
    public sealed record Query(string By, Func<PersonTable, CancellationToken, Task<List<KeptPerson>>> Find, HttpContext Http) : IRequest<IReadOnlyList<PersonView>>;

    public sealed record Answer([property: JsonPropertyName("people")] IReadOnlyList<PersonView> People);

    public static void Map(IEndpointRouteBuilder people)
    {
        people.MapGet("", async (HttpContext http, IMediator mediator, ActivePolicy policy) =>
        {
            if (Read(http, policy.Current.Catalog).IsRefused(out var query, out var problem)) return problem.ToResult();
            return Results.Ok(new Answer(await mediator.Send(query, http.RequestAborted)));
        }).RequireScope(AdminScope.AuditReveal);
        people.MapGet("/{subject_key}", async (HttpContext http, string subject_key, IMediator mediator) =>
        {
            if (subject_key.Contains('\0')) return PersonApi.NotFound.ToResult();
            var found = await mediator.Send(new Query("subject_key", (table, ct) => table.FindByKeyAsync(subject_key, ct), http), http.RequestAborted);
            return found is [var one] ? Results.Ok(one) : PersonApi.NotFound.ToResult();
        }).RequireScope(AdminScope.AuditReveal);
    }

    internal sealed class Handler(PersonTable table, AuditInbox inbox, CurrentAdministrator administrator, ActivePolicy policy, TimeProvider clock)
        : IRequestHandler<Query, IReadOnlyList<PersonView>>
    {
        /// <exception cref="AuditUnavailableException">The record did not become durable in time; nobody is shown.</exception>
        public async Task<IReadOnlyList<PersonView>> Handle(Query query, CancellationToken cancellationToken)
        {
            var found = await query.Find(table, cancellationToken);
            await inbox.AppendAsync(PersonEvent.Revealed(query.By, [.. found.Select(person => person.SubjectKey)], administrator.Value, clock.GetUtcNow()).From(query.Http), []);
            return [.. found.Select(person => PersonView.Of(person, policy.Current.Catalog))];
        }
    }

    private static Outcome<Query> Read(HttpContext http, Catalog catalog)
    {
        var given = http.Request.Query;
        foreach (var (name, values) in given)
        {
            if (name is not ("upstream" or "id" or "email")) return Problem.Invalid($"There is no '{name}': give upstream and id, or email.");
            if (values is not [{ Length: > 0 } value] || value.Contains('\0')) return Problem.Invalid($"'{name}' is one text, once.");
        }
        string? Text(string name) => given[name] is [var value] ? value : null;
        switch (Text("upstream"), Text("id"), Text("email"))
        {
            case (null, null, { } email): return new Query("email", (table, ct) => table.FindByEmailAsync(email, ct), http);
            case ({ } alias, { } id, null):
                if (!catalog.Idps.TryGetValue(alias, out var upstream)) return Problem.Invalid("The catalogue has no such upstream.");
                return new Query("id", (table, ct) => table.FindByIdAsync(upstream.Issuer.Value, id, ct), http);
            default: return Problem.Invalid("Give upstream and id, or email.");
        }
    }
}

/// <summary>A person as an administrator sees one.</summary>
/// <param name="Unreadable">Whether there are details which the server's key does not open.</param>
internal sealed record PersonView(
    [property: JsonPropertyName("subject_key")] string SubjectKey,
    [property: JsonPropertyName("upstream")] string Upstream,
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("first_seen")] DateTimeOffset FirstSeen,
    [property: JsonPropertyName("details")] PersonDetails? Details,
    [property: JsonPropertyName("updated_at")] DateTimeOffset? UpdatedAt,
    [property: JsonPropertyName("unreadable")] bool? Unreadable)
{
    public static PersonView Of(KeptPerson person, Catalog catalog) => new(
        person.SubjectKey, catalog.Idps.Values.FirstOrDefault(idp => idp.Issuer.Value == person.UpstreamIssuer)?.Alias ?? person.UpstreamIssuer, person.UpstreamId,
        person.FirstSeen, person.Details, person.UpdatedAt, person.IsUnreadable ? true : null);
}
