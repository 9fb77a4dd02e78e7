using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace IdJagBroker.Storage.Migrations;

/// <summary>Counts of whole days, of which there are 24 times fewer than of hours: what questions over months add up.</summary>
[DbContext(typeof(BrokerDbContext))]
[Migration("20261129020000_RollupDays")]
internal sealed class M20261129020000_RollupDays : Migration
{
    // Days up to the newest in the table are all there; those after it are still counted by the hour.
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        create table audit_rollup_day (
            day         date    not null,
            type        text    not null,
            outcome     text    not null,
            reason      text    not null,
            client      text    not null,
            authserver  text    not null,
            resource    text    not null,
            events      bigint  not null,
            primary key (day, type, outcome, reason, client, authserver, resource)
        );
        insert into audit_rollup_day
        select (hour at time zone 'UTC')::date, type, outcome, reason, client, authserver, resource, sum(events)
        from audit_rollup where hour < date_trunc('day', (select recorded_at from audit_log), 'UTC')
        group by 1, 2, 3, 4, 5, 6, 7;
        """);

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("drop table audit_rollup_day;");
}
