using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.Audit.Webhooks;

/// <summary>
/// Brings one endpoint what is in the log for it, in order: the next event is sent when the one before is acknowledged or is a dead
/// letter. How far it is stands in the database after each, so whoever sends next goes on there; an event that was acknowledged while the
/// sender died comes again, with the same <c>webhook-id</c>.
/// </summary>
internal sealed class WebhookRun(NpgsqlDataSource database, WebhookDelivery delivery, IOptions<WebhookOptions> options, TimeProvider clock)
{
    /// <summary>Sends until nothing is left (true), or something fails and is to be tried later, or the endpoint is changed (false).</summary>
    public async Task<bool> RunAsync(string id, CancellationToken ct)
    {
        while (await WebhookTable.FindAsync(database, id, ct) is { Enabled: true } webhook && !(webhook.Progress.NextAttemptAt > clock.GetUtcNow()))
        {
            var lines = await WebhookLog.ReadAsync(database, webhook.Progress, ct);
            if (lines.Count is 0) return true;
            var due = lines.FirstOrDefault(line => webhook.Filter.Matches(line, id));
            if (lines.LastOrDefault(line => line.Seq < (due?.Seq ?? long.MaxValue)) is { } passed)
            {
                if (!await AdvanceAsync(webhook, webhook.Progress.NextSeq, passed, null, ct)) continue;
                webhook = webhook with { Progress = webhook.Progress with { NextSeq = passed.Seq + 1, Attempts = 0 } };
            }
            if (due is not null && !await SendAsync(webhook, due, ct)) return false;
        }
        return false;
    }

    private async Task<bool> SendAsync(Webhook webhook, LogLine line, CancellationToken ct)
    {
        var answer = await delivery.SendAsync(webhook, line, ct);
        var now = clock.GetUtcNow();
        if (answer.Failure is null) return await AdvanceAsync(webhook, webhook.Progress.NextSeq, line, now, ct);
        if (answer.IsGone) await DisableAsync(webhook, ct);
        else if (webhook.Progress.Attempts + 1 >= options.Value.MaxAttempts) return await BuryAsync(webhook, line, answer.Failure, ct);
        else await FailAsync(webhook, answer, now, ct);
        return false;
    }

    private async Task<bool> AdvanceAsync(Webhook webhook, long from, LogLine last, DateTimeOffset? success, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await WebhookTable.AdvanceAsync(connection, webhook.Id, from, last, success, ct);
    }

    private async Task FailAsync(Webhook webhook, DeliveryAnswer answer, DateTimeOffset now, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await WebhookTable.FailAsync(connection, webhook.Id, webhook.Progress.NextSeq, now, answer.Failure!, now + Delay(webhook.Progress.Attempts, answer.RetryAfter), ct);
    }

    // Doubled each time, less a part by chance so that what failed together does not come together; a receiver may ask for longer.
    private TimeSpan Delay(int attempts, TimeSpan? retryAfter)
    {
        var (first, most) = (options.Value.FirstRetry, options.Value.MaxRetry);
        var seconds = Math.Min(first.TotalSeconds * Math.Pow(2, attempts), most.TotalSeconds);
        var delay = TimeSpan.FromSeconds(seconds * RandomNumberGenerator.GetInt32(75, 101) / 100);
        return retryAfter > delay ? (retryAfter > most ? most : retryAfter.Value) : delay;
    }

    private async Task<bool> BuryAsync(Webhook webhook, LogLine line, string failure, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var attempts = webhook.Progress.Attempts + 1;
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (!await WebhookTable.AdvanceAsync(connection, webhook.Id, webhook.Progress.NextSeq, line, null, ct)) return true;
        await DeadLetters.AddAsync(connection, webhook.Id, line, attempts, failure, now, ct);
        // Two endpoints that fail would otherwise tell each other of it for ever.
        if (line.Type != WebhookEvent.DeliveryFailed) await AuditBatch.AppendAsync(connection, WebhookEvent.Dead(webhook.Id, line, attempts, failure, now), ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    private async Task DisableAsync(Webhook webhook, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await WebhookTable.LockAsync(connection, webhook.Id, ct) is not { } row || row.Version != webhook.Version) return;
        var disabled = row with { Enabled = false };
        await WebhookTable.WriteAsync(connection, disabled, ct);
        var change = WebhookEvent.Of("webhook.disabled", row.Id, row.State(), disabled.State(), clock.GetUtcNow()) with { Reason = "ENDPOINT_GONE", ActorKey = "webhook sender" };
        await AuditBatch.AppendAsync(connection, change, ct);
        await transaction.CommitAsync(ct);
    }
}
