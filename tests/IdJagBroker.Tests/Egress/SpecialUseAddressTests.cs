using System.Net;
using IdJagBroker.Egress;

namespace IdJagBroker.Tests.Egress;

/// <summary>Where a fetch may go (SEC-16, RFC 6890).</summary>
public sealed class SpecialUseAddressTests
{
    [Theory, Trait("Spec", "SEC-16")]
    [InlineData("0.0.0.0"), InlineData("169.254.169.254"), InlineData("192.0.0.1"), InlineData("192.0.2.1"), InlineData("192.88.99.1")]
    [InlineData("198.18.0.1"), InlineData("198.51.100.1"), InlineData("203.0.113.1"), InlineData("224.0.0.1"), InlineData("240.0.0.1"), InlineData("255.255.255.255")]
    [InlineData("::"), InlineData("fe80::1"), InlineData("ff02::1"), InlineData("64:ff9b::7f00:1"), InlineData("64:ff9b:1::1"), InlineData("100::1")]
    [InlineData("2001::1"), InlineData("2001:db8::1"), InlineData("2002:7f00:1::"), InlineData("3fff::1"), InlineData("::ffff:169.254.169.254"), InlineData("::127.0.0.1")]
    public void Is_never_an_address_of_special_use(string address) => Assert.False(SpecialUseAddress.Allows(IPAddress.Parse(address), privateNetwork: true, loopback: true));

    [Theory, Trait("Spec", "SEC-16")]
    [InlineData("10.0.0.1"), InlineData("100.64.0.1"), InlineData("172.16.0.1"), InlineData("172.31.255.255"), InlineData("192.168.1.1"), InlineData("fd00::1"), InlineData("::ffff:10.0.0.1")]
    public void Is_the_enterprises_own_network_only_where_the_catalogue_says_so(string address)
    {
        Assert.False(SpecialUseAddress.Allows(IPAddress.Parse(address), privateNetwork: false, loopback: true));
        Assert.True(SpecialUseAddress.Allows(IPAddress.Parse(address), privateNetwork: true, loopback: false));
    }

    [Theory, Trait("Spec", "SEC-16")]
    [InlineData("127.0.0.1"), InlineData("127.9.9.9"), InlineData("::1"), InlineData("::ffff:127.0.0.1")]
    public void Is_this_machine_only_in_development(string address)
    {
        Assert.False(SpecialUseAddress.Allows(IPAddress.Parse(address), privateNetwork: true, loopback: false));
        Assert.True(SpecialUseAddress.Allows(IPAddress.Parse(address), privateNetwork: false, loopback: true));
    }

    [Theory]
    [InlineData("8.8.8.8"), InlineData("172.32.0.1"), InlineData("100.128.0.1"), InlineData("2606:4700::1"), InlineData("2001:4860:4860::8888")]
    public void Is_any_public_address(string address) => Assert.True(SpecialUseAddress.Allows(IPAddress.Parse(address), privateNetwork: false, loopback: false));
}
