using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace IdJagBroker.Storage.Migrations;

/// <summary>Exports of the log that somebody asked for. What they asked and got is in the log itself; this is how far each is.</summary>
[DbContext(typeof(BrokerDbContext))]
[Migration("20261128003000_Exports")]
internal sealed class M20261128003000_Exports : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        create table audit_export (
            id            uuid        not null primary key,
            requested_at  timestamptz not null,
            requested_by  text        not null,
            reason        text        not null,
            filter        text        not null,
            state         text        not null check (state in ('queued', 'running', 'done', 'failed')),
            started_at    timestamptz,
            ended_at      timestamptz,
            removed_at    timestamptz,
            from_seq      bigint,
            to_seq        bigint,
            checkpoint    bigint,
            at_seq        bigint,
            events        bigint,
            bytes         bigint,
            sha256        text,
            findings      text        not null default '[]'
        );
        create index audit_export_open on audit_export (requested_at) where state in ('queued', 'running');
        """);

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("drop table audit_export;");
}
