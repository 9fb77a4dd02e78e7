using System.Text;
using Xunit;

namespace IdJagBroker.Protocol.Tests;

public sealed class ClientCredentialsTests
{
    private const string AssertionType = "client_assertion_type=" + TokenType.ClientAssertion;

    [Theory, Trait("Spec", "IDP-24")]
    [InlineData("client_id=c", null, ClientAuthenticationMethod.None)]
    [InlineData("client_id=c&client_secret=s", null, ClientAuthenticationMethod.ClientSecretPost)]
    [InlineData("", "c:s", ClientAuthenticationMethod.ClientSecretBasic)]
    [InlineData("client_id=c", "c:s", ClientAuthenticationMethod.ClientSecretBasic)]
    [InlineData("client_assertion=a&" + AssertionType, null, ClientAuthenticationMethod.PrivateKeyJwt)]
    [InlineData("client_id=c&client_assertion=a&" + AssertionType, null, ClientAuthenticationMethod.PrivateKeyJwt)]
    public void Finds_the_one_method_used(string body, string? basic, ClientAuthenticationMethod method)
    {
        var credentials = Expect.Granted(Parse(body, basic));

        Assert.Equal(method, credentials.Method);
        Assert.Equal(method is ClientAuthenticationMethod.ClientSecretBasic, credentials.UsedBasic);
        Assert.Equal(body.StartsWith("client_assertion", StringComparison.Ordinal) ? null : "c", credentials.ClientId);
        Assert.Equal(method is ClientAuthenticationMethod.PrivateKeyJwt ? "a" : null, credentials.Assertion?.Reveal());
        Assert.Equal(method is ClientAuthenticationMethod.ClientSecretBasic or ClientAuthenticationMethod.ClientSecretPost ? "s" : null,
            credentials.Secret);
    }

    [Theory, Trait("Spec", "IDP-24")]
    [InlineData("client_id=c&client_secret=s", "c:s")]
    [InlineData("client_assertion=a&" + AssertionType, "c:s")]
    [InlineData(AssertionType, "c:s")]
    [InlineData("client_id=c&client_secret=s&client_assertion=a&" + AssertionType, null)]
    public void Refuses_two_methods(string body, string? basic) => Expect.Refused(Parse(body, basic), "invalid_request");

    [Fact, Trait("Spec", "IDP-24")]
    public void Refuses_two_Authorization_headers() =>
        Expect.Refused(ClientCredentials.Parse(Expect.Form(""), [Basic("c:s"), Basic("c:s")]), "invalid_request");

    [Theory, Trait("Spec", "IDP-24")]
    [InlineData("client_id=d", "c:s")]
    [InlineData("client_id=C", "c:s")]
    public void Refuses_a_client_id_that_contradicts_Basic(string body, string basic) =>
        Assert.True(Expect.Refused(Parse(body, basic), "invalid_client", 401).ChallengesBasic);

    [Theory, Trait("Spec", "IDP-22")]
    [InlineData("")]
    [InlineData("client_secret=s")]
    [InlineData(AssertionType)]
    [InlineData("client_assertion=a")]
    [InlineData("client_assertion=a&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:saml2-bearer")]
    public void Refuses_no_or_half_credentials(string body) =>
        Assert.False(Expect.Refused(Parse(body, null), "invalid_client", 401).ChallengesBasic);

    [Theory, Trait("Spec", "SEC-22")]
    [InlineData("s%2Bcret%2F9", "s+cret/9")]                // the catalogue's worked example
    [InlineData("s%2bcr+et%2F%3A%25", "s+cr et/:%")]
    [InlineData("a:b:c", "a:b:c")]                          // only the first colon splits
    [InlineData("", "")]
    [InlineData("pa%C3%9F", "paß")]
    public void The_halves_of_Basic_are_form_decoded(string sent, string secret) =>
        Assert.Equal(secret, Expect.Granted(Parse("", "c:" + sent)).Secret);

    [Fact, Trait("Spec", "SEC-22")]
    public void Basic_of_the_worked_example_decodes()
    {
        var credentials = Expect.Granted(ClientCredentials.Parse(Expect.Form(""), ["Basic Y2xfN2hRMm5vdGVzOnMlMkJjcmV0JTJGOQ=="]));

        Assert.Equal(("cl_7hQ2notes", "s+cret/9"), (credentials.ClientId, credentials.Secret));
    }

    [Theory, Trait("Spec", "SEC-22")]
    [InlineData("s+cret/:%", "s cret/:%")]                  // sent as it stands, as the TypeScript SDK does
    [InlineData("100%25", "100%")]
    [InlineData("x%zz+", "x%zz ")]
    public void Unencoded_halves_are_kept_beside_the_decoded_ones(string sent, string decoded)
    {
        var credentials = Expect.Granted(Parse("", "my+client:" + sent));

        Assert.Equal(("my client", decoded), (credentials.ClientId, credentials.Secret));
        Assert.Equal(("my+client", sent), credentials.Raw);
        Expect.Granted(Parse("client_id=my%2Bclient", "my+client:" + sent));
        Expect.Granted(Parse("client_id=my+client", "my+client:" + sent));
    }

    [Fact, Trait("Spec", "SEC-22")]
    public void Nothing_is_kept_twice_when_decoding_changed_nothing() => Assert.Null(Expect.Granted(Parse("", "c:plain:secret")).Raw);

    [Theory, Trait("Spec", "IDP-23")]
    [InlineData("")]
    [InlineData("Basic")]
    [InlineData("Basic ")]
    [InlineData("Basic !!!")]
    [InlineData("Basic Yzpz Yzpz")]                         // white space within
    [InlineData("Basic Yzpz\tYzpz")]
    [InlineData("Basic Yw==")]                              // "c": no colon
    [InlineData("Basic OnM=")]                              // ":s": nobody
    [InlineData("Basic Yzr/")]                              // not UTF-8
    [InlineData("Basic YwA6cw==")]                          // NUL
    [InlineData("Basic YyUwMDpz")]                          // c%00:s
    [InlineData("Basic YzpzJTAw")]                          // c:s%00
    [InlineData("BasicYzpz")]
    [InlineData("Bearer abc")]
    [InlineData("DPoP abc")]
    [InlineData(null)]
    public void Refuses_a_broken_header_and_challenges(string? header) =>
        Assert.True(Expect.Refused(ClientCredentials.Parse(Expect.Form(""), [header]), "invalid_client", 401).ChallengesBasic);

    [Fact]
    public void The_scheme_is_case_insensitive_and_may_be_padded() =>
        Assert.Equal("c", Expect.Granted(ClientCredentials.Parse(Expect.Form(""), ["bAsIc   Yzpz "])).ClientId);

    [Fact, Trait("Spec", "SEC-26")]
    public void The_text_form_holds_no_secret()
    {
        Assert.DoesNotContain("hush", Expect.Granted(Parse("", "c:hush")).ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hush", Expect.Granted(Parse("client_assertion=hush&" + AssertionType, null)).ToString(), StringComparison.Ordinal);
    }

    private static OAuthResult<ClientCredentials> Parse(string body, string? basic) =>
        ClientCredentials.Parse(Expect.Form(body), basic is null ? [] : [Basic(basic)]);

    private static string Basic(string pair) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(pair));
}
