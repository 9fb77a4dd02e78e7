using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.EndToEndTests.EnterpriseIdp;

public sealed class KeyRotationTests
{
    [Fact]
    public async Task Signs_with_the_new_key_while_the_old_one_stays_published()
    {
        await using var idp = await RunningIdp.StartAsync();
        var before = (await idp.Flow().SignInAsync(idp.Browser, "ana", RunningIdp.Password, default)).IdToken!;
        idp.Provider.RotateKeys();
        var after = (await idp.Flow().SignInAsync(idp.Browser, "ana", RunningIdp.Password, default)).IdToken!;

        Assert.NotEqual(before.Split('.')[0], after.Split('.')[0]);
        Assert.Equal(JwsFailure.None, await idp.VerifyAsync(before));
        Assert.Equal(JwsFailure.None, await idp.VerifyAsync(after));
    }

    [Fact]
    public async Task Publishes_an_old_key_no_longer_once_it_is_withdrawn()
    {
        await using var idp = await RunningIdp.StartAsync();
        var before = (await idp.Flow().SignInAsync(idp.Browser, "ana", RunningIdp.Password, default)).IdToken!;
        idp.Provider.RotateKeys();
        var after = (await idp.Flow().SignInAsync(idp.Browser, "ana", RunningIdp.Password, default)).IdToken!;
        idp.Provider.WithdrawEarlierKeys();

        Assert.Equal(JwsFailure.KeyNotFound, await idp.VerifyAsync(before));
        Assert.Equal(JwsFailure.None, await idp.VerifyAsync(after));
    }
}
