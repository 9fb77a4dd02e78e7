using IdJagBroker.Protocol.Jws;
using Xunit;

namespace IdJagBroker.Protocol.Tests.Jws;

/// <summary>The known answers of the RFCs' own appendices.</summary>
public sealed class KnownAnswerTests
{
    private const string Payload =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

    private const string RsaKey =
        """
        {"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}
        """;

    private const string RsaSignature =
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

    private const string EcSignature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

    [Theory, Trait("Spec", "RAS-13"), Trait("Spec", "JAG-01")]
    [InlineData("RFC 7515 A.2, RS256")]
    [InlineData("RFC 7515 A.3, ES256")]
    public void Verifies_the_known_answer_and_nothing_beside_it(string which)
    {
        var rsa = which.EndsWith("RS256", StringComparison.Ordinal);
        var keys = Forge.KeySet(rsa ? RsaKey : Forge.EcJwk());
        var header = rsa ? "eyJhbGciOiJSUzI1NiJ9" : "eyJhbGciOiJFUzI1NiJ9";
        var signature = rsa ? RsaSignature : EcSignature;

        Assert.Equal(JwsFailure.None, Forge.Judge($"{header}.{Payload}.{signature}", keys));
        var other = Payload.Replace("qb2Ui", "qb2Ei", StringComparison.Ordinal);         // "iss":"joe" → "iss":"joa"
        Assert.Equal(JwsFailure.SignatureInvalid, Forge.Judge($"{header}.{other}.{signature}", keys));
        Assert.Equal(JwsFailure.SignatureInvalid, Forge.Judge($"{header}.{Payload}.{Flip(signature)}", keys));
    }

    [Fact, Trait("Spec", "SEC-28")]
    public void The_thumbprint_is_that_of_RFC_7638_section_3_1()
    {
        const string n =
            "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        var key = Forge.KeySet($$"""{"kty":"RSA","n":"{{n}}","e":"AQAB","alg":"RS256","kid":"2011-04-29"}""").Keys.Single();

        Assert.Equal("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", key.Thumbprint);
    }

    [Fact, Trait("Spec", "SEC-28")]
    public void The_thumbprint_of_an_EC_key_is_that_of_the_catalogues_worked_example()
    {
        const string jwk =
            """{"crv":"P-256","kty":"EC","x":"CFSgk9mtRS-H69TUlQtxKsrSbrmJ5Al2_ajGQSLCvKE","y":"2mBCzbgzkjhhB3yVJGg5qWNXBtqsv-RqGNjphIbokbI"}""";

        Assert.Equal("-5lGr7ion9aj8ARTT9Ae2K-uhLXLXWCVgtteyS9xxyY", Forge.KeySet(jwk).Keys.Single().Thumbprint);
    }

    private static string Flip(string signature) => (signature[0] is 'A' ? "B" : "A") + signature[1..];
}
