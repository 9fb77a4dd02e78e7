using System.Text.Json.Nodes;
using IdJagBroker.Hosting;
using Npgsql;

namespace IdJagBroker.Audit.Webhooks;

/// <summary>The one way an endpoint changes: alone, checked against its version, and committed together with its record.</summary>
internal sealed class WebhookChange(NpgsqlDataSource database, CurrentAdministrator administrator, TimeProvider clock)
{
    public async Task<Webhook> CreateAsync(Webhook webhook, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var created = webhook with { Version = await WebhookTable.WriteAsync(connection, webhook, ct) };
        await CommitAsync(connection, transaction, WebhookEvent.Of("webhook.created", webhook.Id, null, created.State(), clock.GetUtcNow()), ct);
        return created;
    }

    /// <summary>Refuses with 404, with 412 if it is another version.</summary>
    public async Task<Outcome<Webhook>> UpdateAsync(string id, IfMatch ifMatch, string type, Func<Webhook, Outcome<Webhook>> edit, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if ((await FindAsync(connection, id, ifMatch, ct)).IsRefused(out var row, out var problem) || edit(row).IsRefused(out var edited, out problem)) return problem;
        var written = edited with { Version = await WebhookTable.WriteAsync(connection, edited, ct) };
        await CommitAsync(connection, transaction, WebhookEvent.Of(type, id, row.State(), written.State(), clock.GetUtcNow()), ct);
        return written;
    }

    public async Task<Outcome<Webhook>> DeleteAsync(string id, IfMatch ifMatch, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if ((await FindAsync(connection, id, ifMatch, ct)).IsRefused(out var row, out var problem)) return problem;
        await WebhookTable.DeleteAsync(connection, id, ct);
        await CommitAsync(connection, transaction, WebhookEvent.Of("webhook.deleted", id, row.State(), null, clock.GetUtcNow()), ct);
        return row;
    }

    /// <summary>Sends everything again from an event on.</summary>
    public async Task<Outcome<Webhook>> RewindAsync(string id, WebhookProgress from, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await WebhookTable.LockAsync(connection, id, ct) is not { } row) return Webhook.NotFound;
        await WebhookTable.RewindAsync(connection, id, from, ct);
        await CommitAsync(connection, transaction, WebhookEvent.Of("webhook.replayed", id, null, null, clock.GetUtcNow(), ("from_seq", JsonValue.Create(from.NextSeq))), ct);
        return row with { Progress = from };
    }

    /// <summary>A dead letter was taken after all.</summary>
    public async Task RemoveDeadLetterAsync(string id, long seq, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await DeadLetters.RemoveAsync(connection, id, seq, ct) is 0) return;
        await CommitAsync(connection, transaction, WebhookEvent.Of("webhook.dead_letter_delivered", id, null, null, clock.GetUtcNow(), ("seq", JsonValue.Create(seq))), ct);
    }

    private static async Task<Outcome<Webhook>> FindAsync(NpgsqlConnection connection, string id, IfMatch ifMatch, CancellationToken ct)
    {
        if (await WebhookTable.LockAsync(connection, id, ct) is not { } row) return Webhook.NotFound;
        return ifMatch.Check(row.Version) is { } stale ? stale : row;
    }

    private async Task CommitAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, AuditEvent record, CancellationToken ct)
    {
        await AuditBatch.AppendAsync(connection, record.By(administrator.Value), ct);
        await WebhookTable.WakeAsync(connection, ct);
        await transaction.CommitAsync(ct);
    }
}
