using Npgsql;

namespace IdJagBroker.Storage;

/// <summary>
/// Which of our three roles may do what: the service appends to the inbox, the sequencer alone writes the log, and neither changes or
/// deletes what is there; a third may ask the database to take an archived month away. Who the people in the log are is the service's to keep and to
/// erase. None of them owns anything.
/// </summary>
internal static class Grants
{
    private const string Service =
        """
        grant select, insert on audit_inbox to {0};
        grant select on audit_event, audit_tile, audit_checkpoint, audit_log, audit_rollup, audit_rollup_day, audit_rollup_person to {0};
        grant select, insert on replay_key, policy_revision to {0};
        grant select, insert, update (upstream), delete on person to {0};
        grant select, insert, update, delete on person_key, person_detail to {0};
        grant select, insert on person_erasure to {0};
        grant select, insert, update, delete on client to {0};
        grant select, insert, update, delete on webhook, webhook_dead_letter to {0};
        grant select, insert, update on audit_export to {0};
        grant select on audit_kept, audit_retention to {0};
        grant select, insert, delete on audit_hold to {0};
        grant usage on sequence client_version, signing_key_version, webhook_version, issuance_lock_version to {0};
        grant select, insert, update on signing_key to {0};
        grant select, insert, update (lifted_at, lifted_by, lift_reason) on issuance_lock to {0};
        grant select, insert, update, delete on replica, policy_replica to {0};
        grant select, insert, delete on live_test_run to {0};
        grant select, insert, delete on sealing_key to {0};
        grant select, insert, update, delete on signin_session, signin_grant, signin_shown to {0};
        grant select, insert, update (state, approver, approved_at, rejected_by, rejected_at, rejection, signature) on policy_release to {0};
        """;

    private const string Sequencer =
        """
        grant select, insert, delete on audit_inbox to {0};
        grant select, insert on audit_event to {0};
        grant select, insert, update on audit_tile, audit_rollup, audit_rollup_person to {0};
        grant select, insert on audit_rollup_day to {0};
        grant select, insert, update (published_at) on audit_checkpoint to {0};
        grant select, update on audit_log to {0};
        grant execute on function audit_make_partitions(integer) to {0};
        """;

    private const string Retention =
        """
        grant insert on audit_inbox to {0};
        grant execute on function audit_drop_partition(text, text) to {0};
        """;

    /// <summary>Grants what each role needs, and nothing more; safe to repeat. For the owner of the tables.</summary>
    /// <param name="connectionString">As the tables' owner.</param>
    /// <param name="service">The role of <c>Database:ConnectionString</c>.</param>
    /// <param name="sequencer">The role of <c>Database:Sequencer</c>.</param>
    /// <param name="retention">The role of <c>Database:Retention</c>; null if nothing is to be taken away by a role of its own.</param>
    /// <param name="ct">Ends the waiting.</param>
    /// <exception cref="PostgresException">There is no such role, or the tables are somebody else's.</exception>
    public static async Task GrantAsync(string connectionString, string service, string sequencer, string? retention, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await ExecuteAsync(connection, Service, service, ct);
        for (var slot = 0; slot < Audit.ReplayKey.Slots; slot++) await ExecuteAsync(connection, $"grant select, truncate on replay_key_{slot} to {{0}}", service, ct);
        await ExecuteAsync(connection, Sequencer, sequencer, ct);
        if (retention is not null) await ExecuteAsync(connection, Retention, retention, ct);
        await transaction.CommitAsync(ct);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string statements, string role, CancellationToken ct)
    {
        var quoted = "\"" + role.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
        await using var command = new NpgsqlCommand(statements.Replace("{0}", quoted, StringComparison.Ordinal), connection);
        await command.ExecuteNonQueryAsync(ct);
    }
}
