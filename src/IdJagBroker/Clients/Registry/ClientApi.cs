using IdJagBroker.Hosting;
using MediatR;

namespace IdJagBroker.Clients.Registry;

/// <summary><c>/admin/v1/clients</c>: one file for each operation.</summary>
internal static class ClientApi
{
    public static void Map(IEndpointRouteBuilder admin)
    {
        var clients = admin.MapGroup("/clients").AddEndpointFilter<AdminFailures>();
        ListClients.Map(clients);
        GetClient.Map(clients);
        CreateClient.Map(clients);
        UpdateClient.Map(clients);
        EnableClient.Map(clients);
        DisableClient.Map(clients);
        DeleteClient.Map(clients);
        AddClientSecret.Map(clients);
        RetireClientSecret.Map(clients);
        SetClientKeys.Map(clients);
        SetClientKeysAddress.Map(clients);
    }

    /// <summary>Sends a command that gives a client, and shows it with its entity tag.</summary>
    public static async Task<IResult> ShowAsync(HttpContext http, IMediator mediator, IRequest<Outcome<ClientView>> command)
    {
        var outcome = await mediator.Send(command, http.RequestAborted);
        if (outcome.IsRefused(out var client, out var problem)) return problem.ToResult();
        if (client.Version is { } version) http.Response.Headers.ETag = IfMatch.TagOf(version);
        return Results.Ok(client);
    }
}
