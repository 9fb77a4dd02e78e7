using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace IdJagBroker.Storage.Migrations;

/// <summary>The log proper behind the inbox: sequenced events in monthly partitions, the tree over them, and its checkpoints; and a replay memory that is emptied by the slot.</summary>
[DbContext(typeof(BrokerDbContext))]
[Migration("20261128001000_AuditLog")]
internal sealed class M20261128001000_AuditLog : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql(Inbox);
        migrationBuilder.Sql(Log);
        migrationBuilder.Sql(ReplayKeys);
    }

    // What the old inbox holds becomes the first of the log, in its order. Its rows say the actor in their data; what they said stays there.
    private const string Inbox =
        """
        drop trigger audit_inbox_no_change on audit_inbox;
        drop trigger audit_inbox_no_truncate on audit_inbox;
        drop function audit_inbox_is_append_only();
        alter table audit_inbox rename to audit_inbox_before;

        create table audit_inbox (
            place  bigint generated always as identity primary key,
            event  text   not null check (octet_length(event) <= 65536)
        ) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);

        insert into audit_inbox (event)
        select json_strip_nulls(json_build_object(
            'actor', json_build_object('key', coalesce(data #>> '{actor,key}', client), 'kind', coalesce(data #>> '{actor,kind}', 'client')),
            'authserver', authserver, 'client', client, 'data', data, 'id', id, 'jti', jti, 'kid', kid, 'node', node,
            'occurred_at', to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'outcome', outcome, 'policy_rev', policy_rev,
            'reason', reason, 'resource', case when cardinality(resource) > 0 then resource end, 'schema', 'audit/1', 'subject_key', subject_key,
            'trace_id', trace_id, 'type', type, 'v', 1))::text
        from audit_inbox_before order by seq;
        drop table audit_inbox_before;
        """;

    // A jti begins with its time. Compared by its bytes, an index of them is written at its end: elsewhere every event would touch a page that
    // none has touched since the checkpoint of the database.
    private const string Log =
        """
        create table audit_log (
            one          boolean     not null primary key default true check (one),
            size         bigint      not null default 0 check (size >= 0),
            recorded_at  timestamptz not null default '1970-01-01 00:00:00+00'
        );
        insert into audit_log default values;

        create table audit_event (
            seq          bigint      not null,
            recorded_at  timestamptz not null,
            id           uuid        not null,
            type         text        not null,
            outcome      text        not null,
            client       text,
            subject_key  text,
            authserver   text,
            resource     text[]      not null default '{}',
            jti          text collate "C",
            kid          text,
            reason       text,
            breakglass   boolean     not null default false,
            leaf         bytea       not null check (octet_length(leaf) = 32),
            event        text        not null
        ) partition by range (recorded_at);
        create unique index audit_event_order    on audit_event (recorded_at, seq);
        create index        audit_event_id       on audit_event (id);
        create index        audit_event_jti      on audit_event (jti) where jti is not null;
        create index        audit_event_subject  on audit_event (subject_key, recorded_at, seq) where subject_key is not null;
        create index        audit_event_client   on audit_event (client, recorded_at, seq) where client is not null;
        create index        audit_event_resource on audit_event ((resource[1]), recorded_at, seq) where resource <> '{}';
        create index        audit_event_several  on audit_event (recorded_at, seq) where cardinality(resource) > 1;
        create index        audit_event_refused  on audit_event (client, recorded_at, seq) where outcome <> 'ok';
        create index        audit_event_reason   on audit_event (reason, recorded_at, seq) where outcome <> 'ok';
        create index        audit_event_rare     on audit_event (type, recorded_at, seq) where type not in ('idjag.issued', 'idjag.denied', 'idjag.redeemed');

        -- What is recorded stays as it is: for the owner of the table too.
        create function audit_is_append_only() returns trigger language plpgsql as $$
        begin
            raise exception 'the audit log is append-only' using errcode = '42501';
        end $$;
        create trigger audit_event_no_change before update or delete on audit_event
            for each row execute function audit_is_append_only();
        create trigger audit_event_no_truncate before truncate on audit_event
            for each statement execute function audit_is_append_only();

        -- Months by UTC. Made ahead by whoever sequences, who owns nothing: so it runs as the tables' owner, and can do only this.
        create function audit_make_partitions(months_ahead integer) returns integer language plpgsql security definer set search_path from current as $$
        declare
            month timestamp := date_trunc('month', now() at time zone 'UTC');
            name text;
            made integer := 0;
        begin
            if months_ahead not between 0 and 24 then raise exception 'at most 24 months ahead' using errcode = '22023'; end if;
            for i in 0..months_ahead loop
                name := 'audit_event_' || to_char(month, 'YYYY_MM');
                if to_regclass(name) is null then
                    execute format('create table %I partition of audit_event for values from (%L) to (%L)',
                        name, to_char(month, 'YYYY-MM-DD') || ' 00:00:00+00', to_char(month + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00');
                    execute format('create trigger audit_event_no_truncate before truncate on %I for each statement execute function audit_is_append_only()', name);
                    made := made + 1;
                end if;
                month := month + interval '1 month';
            end loop;
            return made;
        end $$;
        revoke execute on function audit_make_partitions(integer) from public;
        select audit_make_partitions(3);

        -- Tiles of the Merkle tree: 256 hashes each, the last of a level with fewer. They only grow.
        create table audit_tile (
            level   smallint not null,
            index   bigint   not null,
            hashes  bytea    not null check (octet_length(hashes) between 32 and 8192 and octet_length(hashes) % 32 = 0),
            primary key (level, index)
        );
        create function audit_tile_grows() returns trigger language plpgsql as $$
        begin
            if tg_op = 'UPDATE' and (new.level, new.index) = (old.level, old.index)
                and substring(new.hashes for octet_length(old.hashes)) = old.hashes then return new; end if;
            raise exception 'a tile only grows' using errcode = '42501';
        end $$;
        create trigger audit_tile_grows before update or delete on audit_tile for each row execute function audit_tile_grows();
        create trigger audit_tile_no_truncate before truncate on audit_tile for each statement execute function audit_is_append_only();

        create table audit_checkpoint (
            size          bigint      not null primary key,
            root          bytea       not null check (octet_length(root) = 32),
            recorded_at   timestamptz not null,
            signed_at     timestamptz not null,
            kid           text        not null,
            note          text        not null,
            published_at  timestamptz
        );
        create function audit_checkpoint_stays() returns trigger language plpgsql as $$
        begin
            if tg_op = 'UPDATE' and old.published_at is null and (new.size, new.root, new.recorded_at, new.signed_at, new.kid, new.note)
                = (old.size, old.root, old.recorded_at, old.signed_at, old.kid, old.note) then return new; end if;
            raise exception 'a checkpoint stays as it was signed' using errcode = '42501';
        end $$;
        create trigger audit_checkpoint_stays before update or delete on audit_checkpoint for each row execute function audit_checkpoint_stays();
        create trigger audit_checkpoint_no_truncate before truncate on audit_checkpoint for each statement execute function audit_is_append_only();

        -- Counts that questions over months are answered from; not part of what is proved.
        create table audit_rollup (
            hour        timestamptz not null,
            type        text        not null,
            outcome     text        not null,
            reason      text        not null,
            client      text        not null,
            authserver  text        not null,
            resource    text        not null,
            events      bigint      not null,
            primary key (hour, type, outcome, reason, client, authserver, resource)
        );
        create index audit_rollup_connection on audit_rollup (client, resource, hour);
        create table audit_rollup_person (
            day          date not null,
            client       text not null,
            resource     text not null,
            subject_key  text not null,
            primary key (day, client, resource, subject_key)
        );
        """;

    // Sixteen slots of five minutes by the time of expiry: what has expired is emptied at once, and leaves nothing to vacuum.
    private const string ReplayKeys =
        """
        alter table replay_key rename to replay_key_before;
        alter index replay_key_pkey rename to replay_key_before_pkey;
        alter index replay_key_expiry rename to replay_key_before_expiry;
        create table replay_key (
            digest      bytea       not null,
            slot        smallint    not null,
            expires_at  timestamptz not null,
            primary key (digest, slot)
        ) partition by list (slot);
        do $$
        begin
            for slot in 0..15 loop
                execute format('create table %I partition of replay_key for values in (%s)', 'replay_key_' || slot, slot);
            end loop;
        end $$;
        insert into replay_key select digest, (floor(extract(epoch from expires_at) / 300)::bigint % 16)::smallint, expires_at from replay_key_before where expires_at > now();
        drop table replay_key_before;
        """;

    protected override void Down(MigrationBuilder migrationBuilder) =>
        throw new NotSupportedException("An audit log is not migrated away; restore a backup instead.");
}
