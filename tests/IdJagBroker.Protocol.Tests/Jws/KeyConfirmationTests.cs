using IdJagBroker.Protocol.Jws;
using Xunit;

namespace IdJagBroker.Protocol.Tests.Jws;

/// <summary>The shapes of <c>cnf</c> (C-12). The key is RFC 9449's, and so is its thumbprint (§6.1).</summary>
public sealed class KeyConfirmationTests
{
    private const string Thumbprint = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
    private const string Key = """{"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256"}""";

    private static KeyConfirmation Read(string claims) => KeyConfirmation.Of(Forge.Claims(claims));

    [Theory, Trait("Spec", "POP-07")]
    [InlineData($$"""{"jkt":"{{Thumbprint}}"}""")]
    [InlineData($$"""{"jwk":{{Key}} }""")]
    [InlineData($$"""{"jkt":"{{Thumbprint}}","jwk":{{Key}} }""")]
    [InlineData($$"""{"jkt":"{{Thumbprint}}","kid":"k","x":[]}""")]
    public void Names_the_key_by_its_thumbprint(string cnf) => Assert.Equal(new KeyConfirmation(true, Thumbprint), Read("{\"cnf\":" + cnf + "}"));

    [Theory, Trait("Spec", "POP-07")]
    [InlineData("null"), InlineData("[]"), InlineData("\"x\""), InlineData("{}")]
    [InlineData("""{"kid":"k"}"""), InlineData("""{"jku":"https://evil.example"}"""), InlineData("""{"x5t#S256":"bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}""")]
    [InlineData("""{"jkt":1}"""), InlineData("""{"jkt":""}"""), InlineData("""{"jwk":"x"}"""), InlineData("""{"jwk":{}}"""), InlineData("""{"jwk":{"kty":"oct","k":"AAAA"}}""")]
    [InlineData($$"""{"jkt":"{{Thumbprint}}","x5t#S256":"x"}""")]
    [InlineData($$"""{"jkt":"1ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I","jwk":{{Key}} }""")]
    [InlineData($$"""{"jkt":1,"jwk":{{Key}} }""")]
    [InlineData($$"""{"jkt":"{{Thumbprint}}","jwk":{} }""")]
    [InlineData("""{"jwk":{"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256","d":"AAAA"}}""")]
    public void Is_bound_to_a_key_that_nobody_can_prove(string cnf) => Assert.Equal(new KeyConfirmation(true, null), Read("{\"cnf\":" + cnf + "}"));

    [Fact]
    public void Is_not_there_without_the_claim() => Assert.Equal(default, Read("""{"jkt":"x"}"""));
}
