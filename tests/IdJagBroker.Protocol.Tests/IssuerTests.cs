using Xunit;

namespace IdJagBroker.Protocol.Tests;

public sealed class IssuerTests
{
    [Theory, Trait("Spec", "SEC-01")]
    [InlineData("https://as.example")]
    [InlineData("https://as.example/")]
    [InlineData("https://as.example:8443/tenant/a")]
    public void Takes_an_https_url(string value)
    {
        Assert.True(Issuer.TryParse(value, false, out var issuer));
        Assert.Equal(value, issuer.Value);
        Assert.Equal(value, issuer.ToString());
    }

    [Theory, Trait("Spec", "SEC-01")]
    [InlineData("http://as.example")]
    [InlineData("http://127.0.0.1")]
    [InlineData("ftp://as.example")]
    [InlineData("https://as.example?x=1")]
    [InlineData("https://as.example/?")]
    [InlineData("https://as.example#f")]
    [InlineData("https://as.example/#")]
    [InlineData("https://user@as.example")]
    [InlineData("https://@as.example")]
    [InlineData("https://as.example\\@evil.example")]
    [InlineData("https:///as.example")]
    [InlineData("https://as .example")]
    [InlineData(" https://as.example")]
    [InlineData("https://as.exämple")]
    [InlineData("https://as.example/\n")]
    [InlineData("https://")]
    [InlineData("//as.example")]
    [InlineData("as.example")]
    [InlineData("urn:example:as")]
    [InlineData("")]
    [InlineData(null)]
    public void Refuses_what_is_no_https_url_of_a_host_and_a_path(string? value) => Assert.False(Issuer.TryParse(value, false, out _));

    [Fact, Trait("Spec", "SEC-09")]
    public void Refuses_more_than_2048_characters()
    {
        Assert.True(Issuer.TryParse("https://as.example/" + new string('x', 2029), false, out _));
        Assert.False(Issuer.TryParse("https://as.example/" + new string('x', 2030), false, out _));
    }

    [Theory, Trait("Spec", "SEC-01")]
    [InlineData("http://127.0.0.1:5000", true)]
    [InlineData("http://localhost", true)]
    [InlineData("http://[::1]:5000", true)]
    [InlineData("http://as.example", false)]
    [InlineData("http://127.0.0.1.example", false)]
    [InlineData("http://10.0.0.1", false)]
    public void Development_relaxes_loopback_only(string value, bool taken) => Assert.Equal(taken, Issuer.TryParse(value, true, out _));

    [Theory, Trait("Spec", "IDP-08")]                        // C-09
    [InlineData("https://as.example", "https://as.example")]
    [InlineData("https://as.example", "https://as.example/")]
    [InlineData("https://as.example/", "https://as.example")]
    [InlineData("https://as.example", "HTTPS://AS.Example:443")]
    [InlineData("https://as.example:8443", "https://as.example:8443/")]
    [InlineData("https://as.example/a", "https://AS.example/a")]
    public void A_parameter_names_the_issuer_but_for_case_of_host_default_port_and_empty_path(string registered, string parameter)
    {
        var issuer = Parse(registered);

        Assert.True(issuer.IsNamedBy(parameter));
        Assert.Equal(issuer.LookupKey, Issuer.LookupKeyOf(parameter));
    }

    [Theory, Trait("Spec", "IDP-08")]
    [InlineData("https://as.example", "https://as.example/a")]
    [InlineData("https://as.example", "https://as.example#f")]
    [InlineData("https://as.example/a", "https://as.example#f/a")]
    [InlineData("https://as.example", "https://as.example?q")]
    [InlineData("https://as.example", "https://as.example:8443")]
    [InlineData("https://as.example", "https://as.example:0443")]
    [InlineData("https://as.example", "http://as.example")]
    [InlineData("https://as.example", "https://as.example.")]
    [InlineData("https://as.example", "https://u@as.example")]
    [InlineData("https://as.example", "https://@as.example")]
    [InlineData("https://as.example/a", "https://as.example/a/")]
    [InlineData("https://as.example/a", "https://as.example/A")]
    [InlineData("https://as.example/a", "https://as.example/b/../a")]
    [InlineData("https://as.example/a", "https://as.example/%61")]
    [InlineData("https://127.0.0.1", "https://0x7f.1")]
    [InlineData("https://127.0.0.1", "https://2130706433")]
    [InlineData("https://i.example", "https://\u0130.example")]
    [InlineData("https://as.example", "as.example")]
    [InlineData("https://as.example", "")]
    public void Nothing_else_names_it(string registered, string parameter)
    {
        var issuer = Parse(registered);

        Assert.False(issuer.IsNamedBy(parameter));
        Assert.NotEqual(issuer.LookupKey, Issuer.LookupKeyOf(parameter));
    }

    [Fact, Trait("Spec", "JAG-04")]
    public void Two_issuers_are_equal_only_as_strings()
    {
        Assert.NotEqual(Parse("https://as.example"), Parse("https://as.example/"));
        Assert.NotEqual(Parse("https://as.example"), Parse("https://AS.example"));
        Assert.Equal(Parse("https://as.example"), Parse("https://as.example"));
        Assert.Equal(Parse("https://as.example").GetHashCode(), Parse("https://as.example").GetHashCode());
    }

    private static Issuer Parse(string value)
    {
        Assert.True(Issuer.TryParse(value, false, out var issuer));
        return issuer;
    }
}
