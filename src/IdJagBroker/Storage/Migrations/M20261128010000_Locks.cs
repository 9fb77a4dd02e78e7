using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace IdJagBroker.Storage.Migrations;

/// <summary>The locks on issuance. None is ever deleted, and none changes but once, when it is lifted.</summary>
[DbContext(typeof(BrokerDbContext))]
[Migration("20261128010000_Locks")]
internal sealed class M20261128010000_Locks : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        create sequence issuance_lock_version;

        create table issuance_lock (
            id           uuid         not null primary key,
            kind         text         not null check (kind in ('subject', 'client', 'audience', 'resource', 'key', 'everything')),
            target       text collate "C" check ((target is null) = (kind = 'everything')),
            reason       text         not null,
            ticket       text,
            set_at       timestamptz  not null,
            set_by       text         not null,
            expires_at   timestamptz  not null check (expires_at > set_at and expires_at <= set_at + interval '8784 hours'),
            lifted_at    timestamptz,
            lifted_by    text,
            lift_reason  text,
            version      bigint       not null,
            check (num_nonnulls(lifted_at, lifted_by, lift_reason) in (0, 3))
        );
        create index issuance_lock_in_force on issuance_lock (expires_at) where lifted_at is null;

        create function issuance_lock_step() returns trigger language plpgsql as $$
        begin
            if tg_op in ('DELETE', 'TRUNCATE') then
                raise exception 'a lock is lifted, not deleted' using errcode = 'insufficient_privilege';
            end if;
            if tg_op = 'UPDATE' and (old.lifted_at is not null or new.lifted_at is null or
                (new.id, new.kind, new.target, new.reason, new.ticket, new.set_at, new.set_by, new.expires_at) is distinct from
                (old.id, old.kind, old.target, old.reason, old.ticket, old.set_at, old.set_by, old.expires_at)) then
                raise exception 'a lock is lifted once, and does not become another' using errcode = 'check_violation';
            end if;
            new.version := nextval('issuance_lock_version');
            return new;
        end $$;
        create trigger issuance_lock_step before insert or update or delete on issuance_lock
            for each row execute function issuance_lock_step();
        create trigger issuance_lock_no_truncate before truncate on issuance_lock
            for each statement execute function issuance_lock_step();

        create function issuance_lock_notify() returns trigger language plpgsql as $$
        begin
            perform pg_notify('idjag_lock', '');
            return null;
        end $$;
        create trigger issuance_lock_notify after insert or update on issuance_lock
            for each statement execute function issuance_lock_notify();
        """);

    protected override void Down(MigrationBuilder migrationBuilder) =>
        throw new NotSupportedException("Locks are not migrated away; restore a backup instead.");
}
