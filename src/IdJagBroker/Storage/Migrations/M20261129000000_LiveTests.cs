using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace IdJagBroker.Storage.Migrations;

/// <summary>How each night's run of the live tests ended: one replica runs them, all know it.</summary>
[DbContext(typeof(BrokerDbContext))]
[Migration("20261129000000_LiveTests")]
internal sealed class M20261129000000_LiveTests : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        create table live_test_run (
            night   date    not null primary key,
            failed  integer not null check (failed >= 0),
            unknown integer not null check (unknown >= 0),
            good    boolean not null,
            report  jsonb   not null
        );
        """);

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("drop table live_test_run;");
}
