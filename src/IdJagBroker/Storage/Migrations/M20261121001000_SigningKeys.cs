using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace IdJagBroker.Storage.Migrations;

/// <summary>The signing keys and their lives, and which replica has learned of which.</summary>
[DbContext(typeof(BrokerDbContext))]
[Migration("20261121001000_SigningKeys")]
internal sealed class M20261121001000_SigningKeys : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        create sequence signing_key_version;

        create table signing_key (
            kid          text collate "C" not null primary key,
            purpose      text        not null check (purpose in ('id_jag', 'id_token')),
            algorithm    text        not null check (algorithm in ('ES256', 'ES384', 'RS256', 'PS256')),
            provider     text        not null,
            place        text        not null,
            state        text        not null check (state in ('created', 'published', 'active', 'retired', 'removed', 'revoked')),
            public_jwk   jsonb       not null check (not (public_jwk ?| array['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])),
            reference    text        not null,
            wrapped      bytea       check (wrapped is null or state in ('created', 'published', 'active')),
            provenance   text,
            created_at   timestamptz not null,
            published_at timestamptz,
            activated_at timestamptz,
            retired_at   timestamptz,
            not_after    timestamptz,
            rotation     text        not null default 'none' check (rotation in ('none', 'orderly', 'emergency')),
            version      bigint      not null
        );

        -- Whoever leads, and however two of them come to: there is never a second active key where one belongs.
        create unique index signing_key_active on signing_key (purpose, algorithm, place) where state = 'active';

        -- Nor a second one on its way: it would take over as soon as the first has.
        create unique index signing_key_next on signing_key (purpose, algorithm, place) where state in ('created', 'published');

        create function signing_key_step() returns trigger language plpgsql as $$
        begin
            new.version := nextval('signing_key_version');
            if tg_op = 'UPDATE' and new.state <> old.state and (old.state, new.state) not in (
                ('created', 'published'), ('created', 'removed'), ('published', 'active'), ('published', 'removed'), ('active', 'retired'), ('retired', 'removed'),
                ('created', 'revoked'), ('published', 'revoked'), ('active', 'revoked'), ('retired', 'revoked'), ('removed', 'revoked')) then
                raise exception 'a key does not go from % to %', old.state, new.state using errcode = 'check_violation';
            end if;
            if tg_op = 'UPDATE' and (new.kid, new.purpose, new.algorithm, new.public_jwk, new.created_at) is distinct from
                (old.kid, old.purpose, old.algorithm, old.public_jwk, old.created_at) then
                raise exception 'a key does not become another' using errcode = 'check_violation';
            end if;
            return new;
        end $$;
        create trigger signing_key_step before insert or update on signing_key
            for each row execute function signing_key_step();

        create function signing_key_notify() returns trigger language plpgsql as $$
        begin
            perform pg_notify('idjag_key', '');
            return null;
        end $$;
        create trigger signing_key_notify after insert or update or delete or truncate on signing_key
            for each statement execute function signing_key_notify();

        create table replica (
            node    text        not null primary key,
            seen_at timestamptz not null default clock_timestamp(),
            kids    text[]      not null
        );
        """);

    protected override void Down(MigrationBuilder migrationBuilder) =>
        throw new NotSupportedException("Keys are not migrated away; restore a backup instead.");
}
