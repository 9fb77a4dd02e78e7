using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace IdJagBroker.Storage.Migrations;

/// <summary>What questions to the log need beside the indexes that came with it. All are partial: a grant, the commonest event, is in none of them.</summary>
[DbContext(typeof(BrokerDbContext))]
[Migration("20261128003000_AuditReading")]
internal sealed class M20261128003000_AuditReading : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        create index audit_event_outcome    on audit_event (outcome, recorded_at, seq) where outcome <> 'ok';
        create index audit_event_common     on audit_event (type, recorded_at, seq) where type in ('idjag.denied', 'idjag.redeemed');
        create index audit_event_kid        on audit_event (kid, recorded_at, seq) where kid is not null and type <> 'idjag.issued';
        create index audit_event_second     on audit_event ((resource[2]), recorded_at, seq) where cardinality(resource) > 1;
        create index audit_event_third      on audit_event (recorded_at, seq) where cardinality(resource) > 2;
        create index audit_event_breakglass on audit_event (recorded_at, seq) where breakglass;
        """);

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        drop index audit_event_outcome;
        drop index audit_event_common;
        drop index audit_event_kid;
        drop index audit_event_second;
        drop index audit_event_third;
        drop index audit_event_breakglass;
        """);
}
