using System.Security.Cryptography;
using IdJagBroker.Keys.Life;
using IdJagBroker.Keys.Providers;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Tests.Keys.Providers;

/// <summary>A private key as it lies in the database.</summary>
public sealed class KeyEnvelopeTests
{
    private static readonly byte[] DataKey = RandomNumberGenerator.GetBytes(KeyEnvelope.DataKeyBytes);
    private static readonly byte[] WrappedDataKey = RandomNumberGenerator.GetBytes(384);
    private static readonly byte[] Pkcs8 = RandomNumberGenerator.GetBytes(138);

    private static SigningKeyRow Row()
    {
        using var key = InProcessSigningKey.CreateEs256();
        return new KeySlot(KeyPurpose.IdJag, JwsAlgorithm.ES256, "contoso").NewKey("wrapped", key.PublicKey, "", TimeProvider.System.GetUtcNow());
    }

    [Fact]
    public void Opens_for_its_row_with_its_data_key()
    {
        var row = Row();
        var sealedKey = KeyEnvelope.Seal(row, DataKey, WrappedDataKey, Pkcs8);

        Assert.Equal(WrappedDataKey, KeyEnvelope.WrappedDataKey(sealedKey).ToArray());
        Assert.Equal(Pkcs8, KeyEnvelope.Open(row, sealedKey, DataKey));
        Assert.NotEqual(sealedKey, KeyEnvelope.Seal(row, DataKey, WrappedDataKey, Pkcs8));     // another nonce each time
    }

    [Fact]
    public void Opens_for_no_other_row()
    {
        var row = Row();
        var sealedKey = KeyEnvelope.Seal(row, DataKey, WrappedDataKey, Pkcs8);

        foreach (var other in new[] { row with { Kid = Row().Kid }, row with { Purpose = KeyPurpose.IdToken }, row with { Algorithm = "RS256" } })
            Assert.ThrowsAny<CryptographicException>(() => KeyEnvelope.Open(other, sealedKey, DataKey));
    }

    [Fact]
    public void Opens_with_no_other_data_key_and_with_no_bit_changed()
    {
        var row = Row();
        var sealedKey = KeyEnvelope.Seal(row, DataKey, WrappedDataKey, Pkcs8);
        Assert.ThrowsAny<CryptographicException>(() => KeyEnvelope.Open(row, sealedKey, RandomNumberGenerator.GetBytes(KeyEnvelope.DataKeyBytes)));
        Assert.ThrowsAny<CryptographicException>(() => KeyEnvelope.Open(row, sealedKey, DataKey.AsSpan(0, 16)));

        for (var at = 0; at < sealedKey.Length; at++)
        {
            if (at is >= 3 and < 3 + 384) continue;         // the vault's to find out
            var changed = (byte[])sealedKey.Clone();
            changed[at] ^= 0x80;
            Assert.ThrowsAny<CryptographicException>(() => KeyEnvelope.Open(row, changed, DataKey));
        }
    }

    [Fact]
    public void Is_refused_at_whatever_length_it_is_cut_off()
    {
        var row = Row();
        var sealedKey = KeyEnvelope.Seal(row, DataKey, WrappedDataKey, Pkcs8);

        for (var length = 0; length < sealedKey.Length; length++) Assert.ThrowsAny<CryptographicException>(() => KeyEnvelope.Open(row, sealedKey[..length], DataKey));
    }
}
