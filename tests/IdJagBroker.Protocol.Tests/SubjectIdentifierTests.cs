using System.Text;
using IdJagBroker.Protocol.Jws;
using Xunit;

namespace IdJagBroker.Protocol.Tests;

/// <summary>RFC 9493 §3: each format with exactly its members.</summary>
public sealed class SubjectIdentifierTests
{
    [Fact]
    public void Reads_the_examples_of_the_rfc()
    {
        Assert.Equal("example.user@service.example.com", Read("""{"format":"account","uri":"acct:example.user@service.example.com"}""")?.Account);
        Assert.Equal("user@example.com", Read("""{"format":"email","email":"user@example.com"}""")?.Email);
        Assert.Equal("11112222333344445555", Read("""{"format":"opaque","id":"11112222333344445555"}""")?.Id);
        var person = Read("""{"format":"iss_sub","iss":"https://issuer.example.com/","sub":"145234573"}""");
        Assert.Equal(("https://issuer.example.com/", "145234573"), (person?.Issuer, person?.Subject));
    }

    [Theory]
    [InlineData("""{"format":"phone_number","phone_number":"+12065550100"}"""), InlineData("""{"format":"did","url":"did:example:123456"}"""), InlineData("""{"format":"EMAIL","email":"user@example.com"}""")]
    public void Keeps_only_the_name_of_a_format_that_it_does_not_know(string json)
    {
        var identifier = Read(json);

        Assert.NotNull(identifier);
        Assert.Equal((null, null, null, null), (identifier.Account, identifier.Email, identifier.Id, identifier.Issuer));
    }

    [Theory]
    [InlineData("{}"), InlineData("""{"email":"user@example.com"}"""), InlineData("""{"format":7}"""), InlineData("""{"format":""}""")]
    [InlineData("""{"format":"email"}"""), InlineData("""{"format":"email","email":null}"""), InlineData("""{"format":"email","email":"a@b.example","sub":"x"}""")]
    [InlineData("""{"format":"opaque","id":["x"]}"""), InlineData("""{"format":"opaque","id":"x","iss":"https://a.example"}""")]
    [InlineData("""{"format":"iss_sub","iss":"https://a.example"}"""), InlineData("""{"format":"iss_sub","sub":"x","id":"y"}""")]
    [InlineData("""{"format":"account","uri":"acct:user"}"""), InlineData("""{"format":"account","uri":"acct:@a.example"}"""), InlineData("""{"format":"account","uri":"acct:user@"}"""), InlineData("""{"format":"account","uri":"https://a.example/@user"}""")]
    public void Reads_nothing_that_lacks_a_member_of_its_format_or_has_another(string json) => Assert.Null(Read(json));

    private static SubjectIdentifier? Read(string json)
    {
        using var document = System.Text.Json.JsonDocument.Parse(Encoding.UTF8.GetBytes(json));
        return SubjectIdentifier.TryRead(new JwtClaims(document.RootElement), out var identifier) ? identifier : null;
    }
}
