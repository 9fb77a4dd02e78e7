using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace IdJagBroker.Storage.Migrations;

/// <summary>The files of every revision that ever decided: an event names its revision, and an auditor asks what it said.</summary>
[DbContext(typeof(BrokerDbContext))]
[Migration("20261128001500_PolicyRevisions")]
internal sealed class M20261128001500_PolicyRevisions : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        create table policy_revision (
            revision    text        not null primary key check (revision ~ '^sha256:[0-9a-f]{64}$'),
            files       jsonb       not null,
            first_seen  timestamptz not null default clock_timestamp()
        );
        create trigger policy_revision_no_change before update or delete on policy_revision
            for each row execute function audit_is_append_only();
        create trigger policy_revision_no_truncate before truncate on policy_revision
            for each statement execute function audit_is_append_only();
        """);

    protected override void Down(MigrationBuilder migrationBuilder) =>
        throw new NotSupportedException("An audit log is not migrated away; restore a backup instead.");
}
