using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace IdJagBroker.Storage.Migrations;

/// <summary>
/// How old months of the log are taken away: by one function, which looks itself at what must hold. Tiles and checkpoints stay, and the
/// events of keys and policies, by which later ones are judged.
/// </summary>
[DbContext(typeof(BrokerDbContext))]
[Migration("20261128003500_Retention")]
internal sealed class M20261128003500_Retention : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        -- Nothing younger is ever taken away, whatever the service is configured to. For the owner to change.
        create table audit_retention (
            one    boolean  not null primary key default true check (one),
            least  interval not null default '400 days' check (least >= '1 day')
        );
        insert into audit_retention default values;

        create table audit_hold (
            month      text        not null primary key check (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
            reason     text        not null,
            placed_at  timestamptz not null,
            placed_by  text        not null
        );

        create table audit_kept (like audit_event including defaults);
        create unique index audit_kept_order on audit_kept (recorded_at, seq);
        create trigger audit_kept_no_change before update or delete on audit_kept
            for each row execute function audit_is_append_only();
        create trigger audit_kept_no_truncate before truncate on audit_kept
            for each statement execute function audit_is_append_only();

        create function audit_drop_partition(name text, archive_sha256 text) returns void
            language plpgsql security definer set search_path from current set lock_timeout = '2s' as $$
        declare
            begins timestamptz;
            ends timestamptz;
            archived json;
            first bigint;
            next bigint;
        begin
            if name !~ '^audit_event_[0-9]{4}_(0[1-9]|1[0-2])$'
                or not exists (select from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'audit_event'::regclass and c.relname = name) then
                raise exception 'there is no month % of the log', name using errcode = '22023';
            end if;
            begins := to_timestamp(substring(name from 13) || '_01 00:00:00 +00', 'YYYY_MM_DD HH24:MI:SS TZH');
            ends := (begins at time zone 'UTC' + interval '1 month') at time zone 'UTC';
            if ends > now() - (select least from audit_retention) then
                raise exception '% is too young to be taken away', name using errcode = '42501';
            end if;
            if exists (select from audit_hold h where h.month = to_char(begins at time zone 'UTC', 'YYYY-MM')) then
                raise exception '% is on hold', name using errcode = '42501';
            end if;
            if exists (select from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'audit_event'::regclass and c.relname < name) then
                raise exception 'a month before % is still there', name using errcode = '42501';
            end if;
            select e.event::json -> 'data' into archived from audit_event e
                where e.type = 'log.partition_archived' and e.recorded_at >= ends and e.event::json #>> '{data,partition}' = name
                    and e.event::json #>> '{data,sha256}' = archive_sha256 limit 1;
            if archived is null then
                raise exception 'no event says that % was archived so', name using errcode = '42501';
            end if;
            execute format('select min(seq), max(seq) + 1 from %I', name) into first, next;
            if (first, next) is distinct from ((archived ->> 'from')::bigint, (archived ->> 'to')::bigint) and not (first is null and archived ->> 'from' = archived ->> 'to') then
                raise exception '% does not have the events that were archived', name using errcode = '42501';
            end if;
            execute format('insert into audit_kept select * from %I where type like ''key.%%'' or type like ''policy.%%''', name);
            execute format('drop table %I', name);
        end $$;
        revoke execute on function audit_drop_partition(text, text) from public;
        """);

    protected override void Down(MigrationBuilder migrationBuilder) =>
        throw new NotSupportedException("An audit log is not migrated away; restore a backup instead.");
}
