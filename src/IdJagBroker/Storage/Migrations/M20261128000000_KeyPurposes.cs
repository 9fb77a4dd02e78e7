using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace IdJagBroker.Storage.Migrations;

/// <summary>Keys for more than ID-JAGs and ID Tokens: the broker's access tokens, and what the audit log is signed with.</summary>
[DbContext(typeof(BrokerDbContext))]
[Migration("20261128000000_KeyPurposes")]
internal sealed class M20261128000000_KeyPurposes : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        alter table signing_key
            drop constraint signing_key_purpose_check,
            add constraint signing_key_purpose_check
                check (purpose in ('id_jag', 'id_token', 'access_token', 'audit_checkpoint', 'audit_export'));
        """);

    protected override void Down(MigrationBuilder migrationBuilder) =>
        throw new NotSupportedException("Keys are not migrated away; restore a backup instead.");
}
