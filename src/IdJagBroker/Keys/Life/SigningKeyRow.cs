using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Protocol.Jws;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace IdJagBroker.Keys.Life;

/// <summary>A key as the database keeps it: its public half, where its private half is, and its life so far.</summary>
internal sealed record SigningKeyRow
{
    /// <summary>The RFC 7638 thumbprint of the public half.</summary>
    public required string Kid { get; init; }

    public required KeyPurpose Purpose { get; init; }

    /// <summary>The JWS name.</summary>
    public required string Algorithm { get; init; }

    /// <summary>The provider that can open it.</summary>
    public required string Provider { get; init; }

    public required string Place { get; init; }

    public required KeyState State { get; init; }

    /// <summary>The public half, a JWK.</summary>
    public required string PublicJwk { get; init; }

    /// <summary>What the provider needs to find the private half again; no secret.</summary>
    public required string Reference { get; init; }

    /// <summary>The private half, encrypted by a key that never leaves its vault; null where the provider keeps none here.</summary>
    public byte[]? Wrapped { get; init; }

    /// <summary>A statement over the public half, signed by the vault's key (a JWS); null if the key itself is the vault's.</summary>
    public string? Provenance { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? PublishedAt { get; init; }
    public DateTimeOffset? ActivatedAt { get; init; }
    public DateTimeOffset? RetiredAt { get; init; }

    /// <summary>When it must have stopped signing, or null: it has no end of its own.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>Whether an operator asked for the next key, not waiting for this one's time.</summary>
    public RotationRequest Rotation { get; init; }

    public long Version { get; init; }

    public KeySlot Slot => new(Purpose, JwsAlgorithm.Find(Algorithm) ?? throw new InvalidOperationException($"{Kid} has no known algorithm."), Place);

    /// <summary>Whether a key pair is this one, by its public half (SEC-24).</summary>
    public bool IsOf(JsonWebKey publicKey) => CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(publicKey.Thumbprint), Encoding.ASCII.GetBytes(Kid));

    /// <summary>Whether verifiers are told of it: by the JWKS, or, of a purpose that is not in it, inside the broker and by the log.</summary>
    public bool IsPublic => State is KeyState.Published or KeyState.Active or KeyState.Retired;
}

/// <summary>What an operator asked of an active key.</summary>
internal enum RotationRequest
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>To be followed by a new key, published first for as long as verifiers need.</summary>
    Orderly,

    /// <summary>To be followed at once: verifiers that do not fetch the JWKS again refuse the new key's tokens for a while.</summary>
    Emergency,
}

internal sealed class SigningKeyMapping : IEntityTypeConfiguration<SigningKeyRow>
{
    public void Configure(EntityTypeBuilder<SigningKeyRow> row)
    {
        row.ToTable("signing_key").HasKey(k => k.Kid);
        row.Property(k => k.Kid).HasColumnName("kid");
        row.Property(k => k.Purpose).HasColumnName("purpose").HasConversion(p => p.Word(), w => KeyWords.Purpose(w));
        row.Property(k => k.Algorithm).HasColumnName("algorithm");
        row.Property(k => k.Provider).HasColumnName("provider");
        row.Property(k => k.Place).HasColumnName("place");
        row.Property(k => k.State).HasColumnName("state").HasConversion(s => s.Word(), w => KeyWords.State(w));
        row.Property(k => k.PublicJwk).HasColumnName("public_jwk").HasColumnType("jsonb");
        row.Property(k => k.Reference).HasColumnName("reference");
        row.Property(k => k.Wrapped).HasColumnName("wrapped");
        row.Property(k => k.Provenance).HasColumnName("provenance");
        row.Property(k => k.CreatedAt).HasColumnName("created_at");
        row.Property(k => k.PublishedAt).HasColumnName("published_at");
        row.Property(k => k.ActivatedAt).HasColumnName("activated_at");
        row.Property(k => k.RetiredAt).HasColumnName("retired_at");
        row.Property(k => k.NotAfter).HasColumnName("not_after");
        row.Property(k => k.Rotation).HasColumnName("rotation").HasConversion(r => r.Word(), w => KeyWords.Rotation(w));
        row.Property(k => k.Version).HasColumnName("version").ValueGeneratedOnAddOrUpdate();
        row.Ignore(k => k.Slot).Ignore(k => k.IsPublic);
    }
}
