using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace IdJagBroker.Storage.Migrations;

/// <summary>The client registry: ids and credentials of the clients that the catalogue declares with <c>registration: database</c>.</summary>
[DbContext(typeof(BrokerDbContext))]
[Migration("20261121000300_ClientRegistry")]
internal sealed class M20261121000300_ClientRegistry : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        -- One sequence for all rows: a version is never used again, also not by a client that was deleted and made anew.
        create sequence client_version;

        create table client (
            alias         text collate "C" not null primary key check (alias ~ '^[A-Za-z][A-Za-z0-9._-]{0,63}$'),
            client_ids    text[]      not null check (cardinality(client_ids) between 1 and 8),
            enabled       boolean     not null,
            secret_hashes jsonb       not null default '[]' check (jsonb_array_length(secret_hashes) <= 2),
            jwks          jsonb       check (not jsonb_path_exists(jwks,
                '$.keys[*] ? (exists(@.d) || exists(@.p) || exists(@.q) || exists(@.dp) || exists(@.dq) || exists(@.qi) || exists(@.oth) || exists(@.k))')),
            version       bigint      not null,
            created_at    timestamptz not null default clock_timestamp(),
            updated_at    timestamptz not null default clock_timestamp()
        );

        create function client_stamp() returns trigger language plpgsql as $$
        begin
            new.version := nextval('client_version');
            new.updated_at := clock_timestamp();
            return new;
        end $$;
        create trigger client_stamp before insert or update on client
            for each row execute function client_stamp();

        create function client_notify() returns trigger language plpgsql as $$
        begin
            perform pg_notify('idjag_client', '');
            return null;
        end $$;
        create trigger client_notify after insert or update or delete or truncate on client
            for each statement execute function client_notify();
        """);

    protected override void Down(MigrationBuilder migrationBuilder) =>
        throw new NotSupportedException("Credentials are not migrated away; restore a backup instead.");
}
