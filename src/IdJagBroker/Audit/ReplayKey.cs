using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace IdJagBroker.Audit;

/// <summary>
/// A thing that may be used once, across all replicas: its digest carries the kind and the issuer, so that one kind's <c>jti</c> is
/// never taken for another's (CVE-2026-4282).
/// </summary>
internal sealed record ReplayKey(byte[] Digest, DateTimeOffset ExpiresAt)
{
    /// <summary>A client assertion (RFC 7523 §3): unique by client and <c>jti</c> until it expires.</summary>
    public static ReplayKey ClientAssertion(string clientId, string jwtId, DateTimeOffset expiresAt) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes($"client_assertion\0{clientId}\0{jwtId}")), expiresAt);
}

/// <summary>A remembered use.</summary>
internal sealed class ReplayKeyRow
{
    public required byte[] Digest { get; init; }
    public DateTimeOffset ExpiresAt { get; init; }
}

internal sealed class ReplayKeyMapping : IEntityTypeConfiguration<ReplayKeyRow>
{
    public void Configure(EntityTypeBuilder<ReplayKeyRow> row)
    {
        row.ToTable("replay_key").HasKey(k => k.Digest);
        row.Property(k => k.Digest).HasColumnName("digest");
        row.Property(k => k.ExpiresAt).HasColumnName("expires_at");
    }
}
