using IdJagBroker.Protocol.Jws;
using Xunit;

namespace IdJagBroker.Protocol.Tests.Jws;

public sealed class DpopNonceTests
{
    [Fact, Trait("Spec", "POP-15")]
    public void A_nonce_lives_for_two_slots_and_is_of_one_key_alone()
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(1_795_165_200);
        var (nonces, others) = (new DpopNonce(new byte[32]), new DpopNonce((byte[])[.. new byte[31], 1]));
        var given = nonces.At(now);

        Assert.True(nonces.IsCurrent(given, now));
        Assert.False(others.IsCurrent(given, now));
        now += DpopNonce.Slot;
        Assert.NotEqual(given, nonces.At(now));
        Assert.True(nonces.IsCurrent(given, now), "the slot before");
        var later = nonces.At(now);
        now += DpopNonce.Slot;
        Assert.False(nonces.IsCurrent(given, now), "two slots before");
        Assert.True(nonces.IsCurrent(later, now));
        now -= 2 * DpopNonce.Slot;
        Assert.True(nonces.IsCurrent(later, now), "given by a replica whose clock is ahead");
        now -= DpopNonce.Slot;
        Assert.False(nonces.IsCurrent(later, now), "two slots ahead");
    }

    [Theory, InlineData(""), InlineData("é"), InlineData("AAAAAAAAAAAAAAAAAAAAAA"), Trait("Spec", "POP-15")]
    public void Takes_no_nonce_of_anybody_else(string nonce) => Assert.False(new DpopNonce(new byte[32]).IsCurrent(nonce, DateTimeOffset.UnixEpoch));
}
