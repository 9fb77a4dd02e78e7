using IdJagBroker.Clients.Registry;
using IdJagBroker.Upstreams;
using Microsoft.EntityFrameworkCore;

namespace IdJagBroker.Storage;

/// <summary>The tables as administrators and migrations see them. The token path does not come here: it speaks Npgsql.</summary>
internal sealed class BrokerDbContext(DbContextOptions<BrokerDbContext> options) : DbContext(options)
{
    public DbSet<ClientRow> Clients => Set<ClientRow>();

    public DbSet<PersonRow> People => Set<PersonRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) =>
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(BrokerDbContext).Assembly);
}
