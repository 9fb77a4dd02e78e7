using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace IdJagBroker.Clients.Registry;

/// <summary>A registration as administrators edit it: ids and credentials, and nothing that a policy decides by (ADR 0011).</summary>
internal sealed class ClientRow
{
    /// <summary>The client's name in the catalogue.</summary>
    public required string Alias { get; init; }

    /// <summary>The ids by which it authenticates here.</summary>
    public required string[] ClientIds { get; set; }

    public required bool Enabled { get; set; }

    /// <summary>At most two <see cref="RegisteredSecret"/>s, as JSON.</summary>
    public string SecretHashes { get; set; } = "[]";

    /// <summary>Its public keys (RFC 7517 §5), or null.</summary>
    public string? Jwks { get; set; }

    /// <summary>Where its public keys are, if they are not here, or null.</summary>
    public string? JwksUri { get; set; }

    /// <summary>Set by the database at every change, and never the same again: the entity tag.</summary>
    public long Version { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }
}

internal sealed class ClientMapping : IEntityTypeConfiguration<ClientRow>
{
    public void Configure(EntityTypeBuilder<ClientRow> row)
    {
        row.ToTable("client").HasKey(c => c.Alias);
        row.Property(c => c.Alias).HasColumnName("alias");
        row.Property(c => c.ClientIds).HasColumnName("client_ids");
        row.Property(c => c.Enabled).HasColumnName("enabled");
        row.Property(c => c.SecretHashes).HasColumnName("secret_hashes").HasColumnType("jsonb");
        row.Property(c => c.Jwks).HasColumnName("jwks").HasColumnType("jsonb");
        row.Property(c => c.JwksUri).HasColumnName("jwks_uri");
        row.Property(c => c.Version).HasColumnName("version").ValueGeneratedOnAddOrUpdate().IsConcurrencyToken();
        row.Property(c => c.CreatedAt).HasColumnName("created_at").ValueGeneratedOnAdd();
        row.Property(c => c.UpdatedAt).HasColumnName("updated_at").ValueGeneratedOnAddOrUpdate();
    }
}
