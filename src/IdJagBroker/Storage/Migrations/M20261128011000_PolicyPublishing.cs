using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace IdJagBroker.Storage.Migrations;

/// <summary>Releases of the policy: who published which revision, who approved it, and which one decides. What is done stays; and which replica decides by what.</summary>
[DbContext(typeof(BrokerDbContext))]
[Migration("20261128011000_PolicyPublishing")]
internal sealed class M20261128011000_PolicyPublishing : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        alter table signing_key
            drop constraint signing_key_purpose_check,
            add constraint signing_key_purpose_check
                check (purpose in ('id_jag', 'id_token', 'access_token', 'audit_checkpoint', 'audit_export', 'policy_release'));

        create table policy_release (
            number       bigint      not null primary key check (number > 0),
            kind         text        not null check (kind in ('publish', 'rollback')),
            state        text        not null default 'pending' check (state in ('pending', 'active', 'superseded', 'rolled-back', 'rejected')),
            revision     text        not null references policy_revision,
            -- The release that was in force when this one was made: it may follow no other. 0: there was none.
            base         bigint      not null check (base >= 0 and base < number),
            author       text        not null,
            comment      text,
            ticket       text,
            published_at timestamptz not null,
            approver     text,
            approved_at  timestamptz,
            rejected_by  text,
            rejected_at  timestamptz,
            rejection    text,
            signature    text,
            check ((state in ('active', 'superseded', 'rolled-back')) = (signature is not null)),
            check ((signature is not null) = (approved_at is not null)),
            check ((state = 'rejected') = (rejected_at is not null))
        );
        create unique index policy_release_active on policy_release (state) where state = 'active';

        create function policy_release_step() returns trigger language plpgsql as $$
        begin
            if tg_op = 'INSERT' then
                if new.state <> 'pending' or new.number <> (select coalesce(max(number), 0) + 1 from policy_release) then
                    raise exception 'a release begins as the next one, and pending' using errcode = 'check_violation';
                end if;
                return new;
            end if;
            if (old.state, new.state) not in (('pending', 'active'), ('pending', 'rejected'), ('active', 'superseded'), ('active', 'rolled-back')) then
                raise exception 'a release does not go from % to %', old.state, new.state using errcode = 'check_violation';
            end if;
            if (new.number, new.kind, new.revision, new.base, new.author, new.comment, new.ticket, new.published_at) is distinct from
                (old.number, old.kind, old.revision, old.base, old.author, old.comment, old.ticket, old.published_at)
                or (old.state <> 'pending' and (new.approver, new.approved_at, new.signature) is distinct from (old.approver, old.approved_at, old.signature)) then
                raise exception 'a release does not become another' using errcode = 'check_violation';
            end if;
            return new;
        end $$;
        create trigger policy_release_step before insert or update on policy_release
            for each row execute function policy_release_step();
        create trigger policy_release_no_delete before delete on policy_release
            for each row execute function audit_is_append_only();
        create trigger policy_release_no_truncate before truncate on policy_release
            for each statement execute function audit_is_append_only();

        create function policy_release_notify() returns trigger language plpgsql as $$
        begin
            perform pg_notify('idjag_policy', '');
            return null;
        end $$;
        create trigger policy_release_notify after insert or update on policy_release
            for each statement execute function policy_release_notify();

        create table policy_replica (
            node      text        not null primary key,
            revision  text,
            number    bigint,
            since     timestamptz not null,
            seen_at   timestamptz not null default clock_timestamp(),
            problem   text
        );
        """);

    protected override void Down(MigrationBuilder migrationBuilder) =>
        throw new NotSupportedException("Who approved what is not migrated away; restore a backup instead.");
}
