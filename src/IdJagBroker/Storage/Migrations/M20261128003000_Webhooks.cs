using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace IdJagBroker.Storage.Migrations;

/// <summary>Where events are sent, how far each endpoint is, and what it never took.</summary>
[DbContext(typeof(BrokerDbContext))]
[Migration("20261128003000_Webhooks")]
internal sealed class M20261128003000_Webhooks : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        create sequence webhook_version;
        create table webhook (
            id               text        not null primary key,
            url              text        not null,
            private_network  boolean     not null,
            enabled          boolean     not null,
            types            text[]      not null,
            outcomes         text[]      not null,
            clients          text[]      not null,
            secrets          text        not null,
            version          bigint      not null default nextval('webhook_version'),
            -- How far it is: not part of the version. No event before recorded_after has the number next_seq or a higher one.
            next_seq         bigint      not null check (next_seq >= 0),
            recorded_after   timestamptz not null,
            attempts         integer     not null default 0,
            next_attempt_at  timestamptz,
            last_success_at  timestamptz,
            last_failure_at  timestamptz,
            last_failure     text
        );
        create table webhook_dead_letter (
            webhook   text        not null references webhook on delete cascade,
            seq       bigint      not null,
            event_id  uuid        not null,
            event     text        not null,
            died_at   timestamptz not null,
            attempts  integer     not null,
            failure   text        not null,
            primary key (webhook, seq)
        );
        """);

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        "drop table webhook_dead_letter; drop table webhook; drop sequence webhook_version;");
}
