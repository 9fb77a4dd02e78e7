using System.Text;
using Xunit;

namespace IdJagBroker.Protocol.Tests;

public sealed class OAuthFormTests
{
    [Fact]
    public void Reads_plus_percent_and_UTF_8()
    {
        var form = Expect.Form("a=x+y%2Bz&b=%E2%82%AC&%63=3&d=a=b");

        Assert.Equal(("x y+z", "€", "3", "a=b"), (form["a"], form["b"], form["c"], form["d"]));
        Assert.Null(form["A"]);
    }

    [Theory, Trait("Spec", "IDP-03")]
    [InlineData("scope=a&scope=a")]
    [InlineData("grant_type=a&grant_type=b")]
    [InlineData("x=1&y=2&%78=3")]                           // the same name, written otherwise
    [InlineData("client_id=a&client_id=b")]
    public void Refuses_a_parameter_given_twice(string body) => Refuses(body, "invalid_request");

    [Fact, Trait("Spec", "IDP-03")]
    public void Audience_and_resource_may_repeat()
    {
        var form = Expect.Form("resource=b&audience=x&resource=a&audience=y&resource=b");

        Assert.Equal(["b", "a", "b"], form.All("resource"));
        Assert.Equal(["x", "y"], form.All("audience"));
        Assert.Empty(form.All("scope"));
    }

    [Theory, Trait("Spec", "IDP-04")]
    [InlineData("scope=")]
    [InlineData("scope")]
    [InlineData("&&scope=&")]
    [InlineData("")]
    public void An_empty_parameter_is_absent(string body)
    {
        Assert.Null(Expect.Form(body)["scope"]);
        Assert.Empty(Expect.Form(body + "&resource=").All("resource"));
    }

    [Fact, Trait("Spec", "IDP-04")]
    public void An_unknown_parameter_has_no_effect() => Assert.Equal("s", Expect.Form("foo=1&scope=s&=2")["scope"]);

    [Theory]
    [InlineData("a=%")]
    [InlineData("a=%4")]
    [InlineData("a=%zz")]
    [InlineData("a=%-1")]
    [InlineData("%=a")]
    [InlineData("a=%ff")]                                   // not UTF-8
    [InlineData("a=%c0%80")]                                // overlong NUL
    [InlineData("a=%ed%a0%80")]                             // half of a surrogate pair
    [InlineData("a=b%00c"), InlineData("a%00=b")]
    public void Refuses_broken_encoding(string body) => Refuses(body, "invalid_request");

    [Fact]
    public void Refuses_raw_bytes_that_are_no_UTF_8() =>
        Expect.Refused(OAuthForm.Parse([(byte)'a', (byte)'=', 0xff]), "invalid_request");

    [Fact, Trait("Spec", "SEC-09")]
    public void The_body_ends_at_64_KiB()
    {
        Assert.Equal(OAuthForm.MaxBytes - 2, Expect.Form("a=" + new string('x', OAuthForm.MaxBytes - 2))["a"]!.Length);
        Refuses("a=" + new string('x', OAuthForm.MaxBytes - 1), "invalid_request", 413);
    }

    [Fact, Trait("Spec", "SEC-09")]
    public void The_parameters_end_at_64()
    {
        static string Many(int count) => string.Join('&', Enumerable.Range(0, count).Select(i => $"p{i}=1"));
        Assert.Equal("1", Expect.Form(Many(64))["p63"]);
        Refuses(Many(65), "invalid_request", 413);
        Refuses(string.Join('&', Enumerable.Repeat("resource=r", 65)), "invalid_request", 413);
    }

    [Theory, Trait("Spec", "IDP-02")]
    [InlineData("application/x-www-form-urlencoded", true)]
    [InlineData("Application/X-WWW-Form-Urlencoded; Charset=UTF-8", true)]
    [InlineData("application/x-www-form-urlencoded;charset=\"utf-8\"", true)]
    [InlineData("application/x-www-form-urlencoded;", true)]
    [InlineData("application/x-www-form-urlencoded; charset=iso-8859-1", false)]
    [InlineData("application/x-www-form-urlencoded; charset =utf-16", false)]
    [InlineData("application/x-www-form-urlencodedx", false)]
    [InlineData("application/json", false)]
    [InlineData("multipart/form-data; boundary=x", false)]
    [InlineData("; application/x-www-form-urlencoded", false)]
    [InlineData(";", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Only_a_form_in_UTF_8_is_a_form(string? contentType, bool isForm) => Assert.Equal(isForm, OAuthForm.IsForm(contentType));

    private static void Refuses(string body, string code, int status = 400) =>
        Expect.Refused(OAuthForm.Parse(Encoding.UTF8.GetBytes(body)), code, status);
}
