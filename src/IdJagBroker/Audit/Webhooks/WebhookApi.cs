using System.Text.Json.Serialization;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using MediatR;
using Npgsql;

namespace IdJagBroker.Audit.Webhooks;

/// <summary><c>/admin/v1/audit/webhooks</c>: one file for each operation. All ask for <c>audit.webhooks</c>.</summary>
internal static class WebhookApi
{
    public const string Path = "/admin/v1/audit/webhooks";

    public static void Map(IEndpointRouteBuilder admin)
    {
        var webhooks = admin.MapGroup("/audit/webhooks").AddEndpointFilter<AdminFailures>();
        webhooks.RequireScope(AdminScope.AuditWebhooks);
        ReadWebhooks.Map(webhooks);
        CreateWebhook.Map(webhooks);
        UpdateWebhook.Map(webhooks);
        DeleteWebhook.Map(webhooks);
        AddWebhookSecret.Map(webhooks);
        RetireWebhookSecret.Map(webhooks);
        ReplayWebhook.Map(webhooks);
        TestWebhook.Map(webhooks);
        ReadDeadLetters.Map(webhooks);
        ReplayDeadLetter.Map(webhooks);
    }

    /// <summary>Sends a command that gives an endpoint, and shows it with its entity tag.</summary>
    public static async Task<IResult> ShowAsync(HttpContext http, IMediator mediator, IRequest<Outcome<Webhook>> command, NpgsqlDataSource database)
    {
        if ((await mediator.Send(command, http.RequestAborted)).IsRefused(out var webhook, out var problem)) return problem.ToResult();
        http.Response.Headers.ETag = IfMatch.TagOf(webhook.Version);
        return Results.Ok(WebhookView.Of(webhook, await WebhookLog.SizeAsync(database, http.RequestAborted)));
    }
}

/// <summary>What came of sending something while the administrator waits.</summary>
internal sealed record SentNow(
    [property: JsonPropertyName("delivered")] bool Delivered,
    [property: JsonPropertyName("failure")] string? Failure)
{
    public static SentNow Of(DeliveryAnswer answer) => new(answer.Failure is null, answer.Failure);
}
