using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace IdJagBroker.Keys.Life;

/// <summary>A running broker, which says every few seconds that it runs and which keys it has learned of.</summary>
internal sealed record ReplicaRow
{
    public required string Node { get; init; }
    public required DateTimeOffset SeenAt { get; init; }
    public required string[] Kids { get; init; }
}

internal sealed class ReplicaMapping : IEntityTypeConfiguration<ReplicaRow>
{
    public void Configure(EntityTypeBuilder<ReplicaRow> row)
    {
        row.ToTable("replica").HasKey(r => r.Node);
        row.Property(r => r.Node).HasColumnName("node");
        row.Property(r => r.SeenAt).HasColumnName("seen_at");
        row.Property(r => r.Kids).HasColumnName("kids");
    }
}
