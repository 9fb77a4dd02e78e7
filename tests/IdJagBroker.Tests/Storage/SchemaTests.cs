using IdJagBroker.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Npgsql;

namespace IdJagBroker.Tests.Storage;

/// <summary>The migrations are written by hand; this holds the EF model against the database that they make.</summary>
public sealed class SchemaTests(BrokerPostgres postgres)
{
    [Fact]
    public async Task The_model_and_the_migrated_database_agree_on_every_column()
    {
        var connectionString = await postgres.CreateDatabaseAsync();
        await using var source = DatabaseSetup.CreateDataSource(connectionString);
        var options = new DbContextOptionsBuilder<BrokerDbContext>();
        DatabaseSetup.Configure(options, source);
        await using var db = new BrokerDbContext(options.Options);

        var model = db.Model.GetEntityTypes().SelectMany(entity => entity.GetProperties().Select(property =>
        {
            var table = StoreObjectIdentifier.Table(entity.GetTableName()!, null);
            return (entity.GetTableName()!, property.GetColumnName(table)!, property.GetColumnType(), property.IsColumnNullable(table));
        })).Order().ToList();
        var database = new List<(string, string, string, bool)>();
        await using var command = source.CreateCommand(
            """
            select c.table_name, c.column_name, format_type(a.atttypid, a.atttypmod), c.is_nullable = 'YES'
            from information_schema.columns c
            join pg_attribute a on a.attrelid = (quote_ident(c.table_schema) || '.' || quote_ident(c.table_name))::regclass and a.attname = c.column_name
            where c.table_schema = 'public' and c.table_name <> '__EFMigrationsHistory'
            """);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) database.Add((reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetBoolean(3)));

        // Tables that only plain statements use have no entity.
        var mapped = model.Select(column => column.Item1).ToHashSet();
        Assert.Equal(database.Where(column => mapped.Contains(column.Item1)).Order().ToList(), model);
    }

    [Fact]
    public async Task An_index_of_jtis_compares_their_bytes_and_has_no_events_without_one()
    {
        var connectionString = await postgres.CreateDatabaseAsync();

        Assert.Equal("C btree (jti IS NOT NULL)", await Sql.ScalarAsync<string>(connectionString,
            """
            select c.collname || ' ' || m.amname || ' ' || pg_get_expr(i.indpred, i.indrelid)
            from pg_index i join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam join pg_collation c on c.oid = i.indcollation[0]
            where i.indexrelid = 'audit_event_jti'::regclass
            """));
    }

    [Fact]
    public async Task Migrating_twice_changes_nothing()
    {
        var connectionString = await postgres.CreateDatabaseAsync();

        Assert.Empty(await DatabaseSetup.MigrateAsync(connectionString, default));
    }
}
