using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using MediatR;

namespace IdJagBroker.Clients.Registry;

/// <summary>
/// <c>POST /admin/v1/clients/{alias}/secrets</c> <c>{secret?, expires_at?}</c>: a new secret beside the one that is live, so that a client
/// can change over without a failed request. One that we make is in this answer and nowhere else, ever.
/// </summary>
internal static class AddClientSecret
{
    /// <param name="Secret">The secret in the clear; its text form is left out of what a record prints.</param>
    /// <param name="IsOurs">Whether we made it.</param>
    public sealed record Command(string Alias, IfMatch IfMatch, string Secret, bool IsOurs, DateTimeOffset? ExpiresAt) : IRequest<Outcome<Answer>>
    {
        public override string ToString() => $"{nameof(AddClientSecret)} {Alias}";
    }

    /// <param name="Secret">Shown once; absent if the caller gave it.</param>
    public sealed record Answer(
        [property: JsonPropertyName("id")] string Id,
        [property: JsonPropertyName("secret")] string? Secret,
        [property: JsonPropertyName("created_at")] DateTimeOffset CreatedAt,
        [property: JsonPropertyName("expires_at")] DateTimeOffset? ExpiresAt,
        [property: JsonIgnore] long Version)
    {
        public override string ToString() => $"{nameof(Answer)} {Id}";
    }

    public static void Map(IEndpointRouteBuilder clients) => clients.MapPost("/{alias}/secrets", async (HttpContext http, string alias, IMediator mediator) =>
    {
        if ((await ReadAsync(http, alias)).IsRefused(out var command, out var problem)) return problem.ToResult();
        if ((await mediator.Send(command, http.RequestAborted)).IsRefused(out var answer, out problem)) return problem.ToResult();
        http.Response.Headers.ETag = IfMatch.TagOf(answer.Version);
        return Results.Created($"/admin/v1/clients/{alias}/secrets/{answer.Id}", answer);
    }).RequireScope(AdminScope.ClientsWrite);

    internal sealed class Handler(ClientChange change, ClientSecretHash hasher, TimeProvider clock) : IRequestHandler<Command, Outcome<Answer>>
    {
        public async Task<Outcome<Answer>> Handle(Command command, CancellationToken cancellationToken)
        {
            var now = clock.GetUtcNow();
            if (command.ExpiresAt <= now) return Problem.Invalid("'expires_at' is over.", "/expires_at");
            var id = "s-" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(9));
            var added = new RegisteredSecret(id, hasher.Hash(command.Secret), now, command.ExpiresAt);
            var outcome = await change.UpdateAsync(
                command.Alias, command.IfMatch, "client.secret_added", takesAway: false, row => Add(row, added, now), cancellationToken);
            return outcome.IsRefused(out var row, out var problem)
                ? problem
                : new Answer(added.Id, command.IsOurs ? command.Secret : null, added.CreatedAt, added.ExpiresAt, row.Version);
        }

        private Problem? Add(ClientRow row, RegisteredSecret added, DateTimeOffset now)
        {
            if (change.Catalog.Clients[row.Alias].Auth is not ClientAuth.ClientSecret and var auth) return ClientProblem.AnotherMethod(auth);
            var live = RegisteredSecret.ReadAll(row.SecretHashes).Where(secret => secret.IsLive(now)).ToList();
            if (live.Count >= RegisteredSecret.MaxLive) return ClientProblem.TwoSecretsLive;
            if (live.Any(secret => secret.IsSameAs(added))) return ClientProblem.SecretRepeated;
            row.SecretHashes = RegisteredSecret.WriteAll([.. live, added]);     // what has expired is forgotten here
            return null;
        }
    }

    private static async Task<Outcome<Command>> ReadAsync(HttpContext http, string alias)
    {
        if (IfMatch.Read(http.Request, required: false).IsRefused(out var ifMatch, out var problem)) return problem;
        if ((await JsonBody.ReadAsync(http.Request, mayBeEmpty: true, http.RequestAborted)).IsRefused(out var body, out problem)) return problem;
        var given = body.Text("secret");
        var expiresAt = body.Instant("expires_at");
        if (body.End() is { } fault) return fault;
        if (given is not null && (given.Length is < ClientSecretHash.MinSecretChars or > ClientSecretHash.MaxSecretChars || given.Any(c => c is < '!' or > '~')))
        {
            return Problem.Invalid(
                $"A secret has {ClientSecretHash.MinSecretChars} to {ClientSecretHash.MaxSecretChars} printable ASCII characters and no space.", "/secret");
        }
        return new Command(alias, ifMatch, given ?? ClientSecretHash.NewSecret(), given is null, expiresAt);
    }
}
