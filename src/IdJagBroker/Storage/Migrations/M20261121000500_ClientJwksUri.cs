using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace IdJagBroker.Storage.Migrations;

/// <summary>A registered client's keys may be where it publishes them, instead of in the registry.</summary>
[DbContext(typeof(BrokerDbContext))]
[Migration("20261121000500_ClientJwksUri")]
internal sealed class M20261121000500_ClientJwksUri : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        alter table client
            add jwks_uri text check (jwks_uri ~ '^https?://[!-~]+$' and length(jwks_uri) <= 2048),
            add check (jwks is null or jwks_uri is null);
        """);

    protected override void Down(MigrationBuilder migrationBuilder) =>
        throw new NotSupportedException("Credentials are not migrated away; restore a backup instead.");
}
