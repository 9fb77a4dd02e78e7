using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace IdJagBroker.Audit;

/// <summary>A recorded event as it is read back. Nothing here writes: the inbox does.</summary>
internal sealed class AuditEventRow
{
    public long Seq { get; init; }
    public Guid Id { get; init; }
    public DateTimeOffset OccurredAt { get; init; }
    public DateTimeOffset RecordedAt { get; init; }
    public required string Type { get; init; }
    public required string Outcome { get; init; }
    public string? Client { get; init; }
    public string? SubjectKey { get; init; }
    public string? AuthServer { get; init; }
    public required string[] Resource { get; init; }
    public string? Jti { get; init; }
    public string? Kid { get; init; }
    public string? Reason { get; init; }
    public string? PolicyRevision { get; init; }
    public string? TraceId { get; init; }
    public required string Node { get; init; }
    public required string Data { get; init; }
}

internal sealed class AuditEventMapping : IEntityTypeConfiguration<AuditEventRow>
{
    public void Configure(EntityTypeBuilder<AuditEventRow> row)
    {
        row.ToTable("audit_inbox").HasKey(e => e.Seq);
        row.Property(e => e.Seq).HasColumnName("seq");
        row.Property(e => e.Id).HasColumnName("id");
        row.Property(e => e.OccurredAt).HasColumnName("occurred_at");
        row.Property(e => e.RecordedAt).HasColumnName("recorded_at");
        row.Property(e => e.Type).HasColumnName("type");
        row.Property(e => e.Outcome).HasColumnName("outcome");
        row.Property(e => e.Client).HasColumnName("client");
        row.Property(e => e.SubjectKey).HasColumnName("subject_key");
        row.Property(e => e.AuthServer).HasColumnName("authserver");
        row.Property(e => e.Resource).HasColumnName("resource");
        row.Property(e => e.Jti).HasColumnName("jti");
        row.Property(e => e.Kid).HasColumnName("kid");
        row.Property(e => e.Reason).HasColumnName("reason");
        row.Property(e => e.PolicyRevision).HasColumnName("policy_rev");
        row.Property(e => e.TraceId).HasColumnName("trace_id");
        row.Property(e => e.Node).HasColumnName("node");
        row.Property(e => e.Data).HasColumnName("data").HasColumnType("jsonb");
    }
}
