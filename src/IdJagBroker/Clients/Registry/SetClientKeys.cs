using System.Text;
using System.Text.Json;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Protocol.Jws;
using MediatR;

namespace IdJagBroker.Clients.Registry;

/// <summary>
/// <c>PUT /admin/v1/clients/{alias}/jwks</c> <c>{keys: […]}</c> with <c>If-Match</c>: replaces the client's public keys (RFC 7517 §5), or its <c>jwks_uri</c>. The old
/// and the new key together let a client change over without a failed request.
/// </summary>
internal static class SetClientKeys
{
    private const int MaxKeys = 16;

    public sealed record Command(string Alias, IfMatch IfMatch, JsonWebKeySet Keys) : IRequest<Outcome<ClientView>>;

    public static void Map(IEndpointRouteBuilder clients) => clients.MapPut("/{alias}/jwks", async (HttpContext http, string alias, IMediator mediator) =>
        (await ReadAsync(http, alias)).IsRefused(out var command, out var problem)
            ? problem.ToResult()
            : await ClientApi.ShowAsync(http, mediator, command)).RequireScope(AdminScope.ClientsWrite);

    internal sealed class Handler(ClientChange change) : IRequestHandler<Command, Outcome<ClientView>>
    {
        public async Task<Outcome<ClientView>> Handle(Command command, CancellationToken cancellationToken)
        {
            var outcome = await change.UpdateAsync(command.Alias, command.IfMatch, "client.keys_set", takesAway: false, row =>
            {
                if (change.Catalog.Clients[row.Alias].Auth is not ClientAuth.PrivateKeyJwt and var auth) return ClientProblem.AnotherMethod(auth);
                // Written anew from what was understood: nothing else is kept.
                (row.Jwks, row.JwksUri) = (Encoding.UTF8.GetString(command.Keys.ToUtf8()), null);
                return null;
            }, cancellationToken);
            return outcome.IsRefused(out var row, out var problem) ? problem : ClientView.Of(change.Catalog, row.Alias, row);
        }
    }

    private static async Task<Outcome<Command>> ReadAsync(HttpContext http, string alias)
    {
        if (IfMatch.Read(http.Request, required: true).IsRefused(out var ifMatch, out var problem)) return problem;
        if ((await JsonBody.ReadAsync(http.Request, mayBeEmpty: false, http.RequestAborted)).IsRefused(out var body, out problem)) return problem;
        var keys = body.Required("keys");
        if (body.End() is { } fault) return fault;
        return ReadKeys(keys!.Value).IsRefused(out var set, out problem) ? problem : new Command(alias, ifMatch, set);
    }

    private static Outcome<JsonWebKeySet> ReadKeys(JsonElement json)
    {
        if (json.ValueKind is not JsonValueKind.Array || json.GetArrayLength() is 0 or > MaxKeys)
            return Problem.Invalid($"'keys' must be a list of 1 to {MaxKeys} keys.", "/keys");
        var keys = new List<JsonWebKey>();
        foreach (var (i, element) in json.EnumerateArray().Index())
        {
            if (PrivateMember(element) is { } name)
            {
                return Problem.Invalid(
                    $"'{name}' is part of a private key: whoever has seen this request can act as the client; make a new key and send its public half.",
                    $"/keys/{i}/{name}");
            }
            if (JsonWebKey.TryRead(element) is not { } key)
                return Problem.Invalid("This is not a usable public signature key: P-256, P-384, or RSA of at least 2048 bits.", $"/keys/{i}");
            keys.Add(key);
        }
        // SEC-11: a kid selects one key; without one, two keys of a kind could not be told apart.
        return keys.Count > 1 && keys.Select(key => key.KeyId).Distinct(StringComparer.Ordinal).Count() < keys.Count
            ? Problem.Invalid("Several keys need a 'kid' each, and no two the same.", "/keys")
            : new JsonWebKeySet(keys);
    }

    private static string? PrivateMember(JsonElement key) => key.ValueKind is JsonValueKind.Object
        ? ClientKeysParser.PrivateMembers.Order(StringComparer.Ordinal).FirstOrDefault(name => key.TryGetProperty(name, out _))
        : null;
}
