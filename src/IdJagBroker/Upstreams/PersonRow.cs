using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace IdJagBroker.Upstreams;

/// <summary>A person seen at an upstream, with the two random names that the broker uses instead.</summary>
internal sealed class PersonRow
{
    public required string Upstream { get; init; }
    public required string UpstreamId { get; init; }
    public required string SubjectKey { get; init; }
    public required string Sub { get; init; }
    public DateTimeOffset FirstSeen { get; init; }
}

internal sealed class PersonMapping : IEntityTypeConfiguration<PersonRow>
{
    public void Configure(EntityTypeBuilder<PersonRow> row)
    {
        row.ToTable("person").HasKey(p => new { p.Upstream, p.UpstreamId });
        row.Property(p => p.Upstream).HasColumnName("upstream");
        row.Property(p => p.UpstreamId).HasColumnName("upstream_id");
        row.Property(p => p.SubjectKey).HasColumnName("subject_key");
        row.Property(p => p.Sub).HasColumnName("sub");
        row.Property(p => p.FirstSeen).HasColumnName("first_seen");
    }
}
