using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace IdJagBroker.Storage.Migrations;

/// <summary>The audit inbox that only grows, the replay memory, and the people known so far.</summary>
[DbContext(typeof(BrokerDbContext))]
[Migration("20261121000000_Foundation")]
internal sealed class M20261121000000_Foundation : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        create table audit_inbox (
            seq           bigint      generated always as identity primary key,
            id            uuid        not null unique,
            occurred_at   timestamptz not null,
            recorded_at   timestamptz not null default clock_timestamp(),
            type          text        not null,
            outcome       text        not null check (outcome in ('ok', 'denied', 'error')),
            client        text,
            subject_key   text,
            authserver    text,
            resource      text[]      not null default '{}',
            jti           text,
            kid           text,
            reason        text,
            policy_rev    text,
            trace_id      text,
            node          text        not null,
            data          jsonb       not null
        );
        create index audit_inbox_client  on audit_inbox (client, seq);
        create index audit_inbox_subject on audit_inbox (subject_key, seq);
        create index audit_inbox_refused on audit_inbox (outcome, seq) where outcome <> 'ok';
        create index audit_inbox_jti     on audit_inbox (jti);

        -- What is recorded stays as it is: for the owner of the table too.
        create function audit_inbox_is_append_only() returns trigger language plpgsql as $$
        begin
            raise exception 'the audit log is append-only' using errcode = '42501';
        end $$;
        create trigger audit_inbox_no_change before update or delete on audit_inbox
            for each row execute function audit_inbox_is_append_only();
        create trigger audit_inbox_no_truncate before truncate on audit_inbox
            for each statement execute function audit_inbox_is_append_only();

        create table replay_key (
            digest      bytea       not null primary key,
            expires_at  timestamptz not null
        );
        create index replay_key_expiry on replay_key (expires_at);

        create table person (
            upstream     text        not null,
            upstream_id  text        not null,
            subject_key  text        not null unique,
            sub          text        not null unique,
            first_seen   timestamptz not null default clock_timestamp(),
            primary key (upstream, upstream_id)
        );
        """);

    protected override void Down(MigrationBuilder migrationBuilder) =>
        throw new NotSupportedException("An audit log is not migrated away; restore a backup instead.");
}
