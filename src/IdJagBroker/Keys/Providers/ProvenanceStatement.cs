using System.Buffers.Text;
using System.Text.Json;
using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Keys.Providers;

/// <summary>
/// What a vault's key says of a key that signs outside the vault: whose it is, for what, and until when (a JWS of type
/// <see cref="Type"/>). Anybody can encrypt a key of his own to the vault's public key and put it into a database; only who may sign in
/// the vault can have made this.
/// </summary>
internal static class ProvenanceStatement
{
    public const string Type = "key-provenance+jwt";

    private const int MaxChars = 4096;

    /// <param name="vaultKey">The vault's.</param>
    /// <param name="issuer">The broker.</param>
    /// <param name="row">The key, with its end.</param>
    public static async Task<string> SignAsync(ISigningKey vaultKey, Issuer issuer, SigningKeyRow row, CancellationToken ct)
    {
        var unsigned = UnsignedJws.Create(vaultKey, Type, 0, (_, json) =>
        {
            json.WriteString("iss", issuer.Value);
            json.WriteString("sub", row.Kid);
            json.WriteString("jkt", row.Kid);
            json.WriteString("purpose", row.Purpose.Word());
            json.WriteString("alg", row.Algorithm);
            json.WriteNumber("iat", row.CreatedAt.ToUnixTimeSeconds());
            json.WriteNumber("exp", row.NotAfter!.Value.ToUnixTimeSeconds());
            json.WritePropertyName("signer");
            vaultKey.PublicKey.WriteTo(json);
        });
        return (await unsigned.SignAsync(ct)).Reveal();
    }

    /// <summary>Why the statement does not stand for that row; null if it does.</summary>
    /// <param name="vaultKey">As the vault gave it, not as the statement has it.</param>
    public static string? Objection(SigningKeyRow row, JsonWebKey vaultKey, Issuer issuer)
    {
        if (row.Provenance is null || !CompactJws.TryParse(row.Provenance, MaxChars, out var jws, out _)) return "there is none";
        using (jws)
        {
            if (!JwtType.Is(jws.Header.Type, Type)) return "it is of another type";
            if (JwsVerifier.Verify(jws, new JsonWebKeySet([vaultKey]), [JwsAlgorithm.ES256], out _) is not JwsFailure.None and var failure) return failure.ToString();
            var claims = jws.Claims;
            if (!Says(claims, "iss"u8, issuer.Value)) return "it is another broker's";
            if (!Says(claims, "sub"u8, row.Kid) || !Says(claims, "jkt"u8, row.Kid)) return "it is about another key";
            if (!Says(claims, "purpose"u8, row.Purpose.Word()) || !Says(claims, "alg"u8, row.Algorithm)) return "it is for another use";
            return claims.GetDate("exp"u8, out var end) is ClaimState.Present && end == row.NotAfter ? null : "it names another end";
        }
    }

    /// <summary>The vault's public key that the statement names, for those who look it up in the vault; null if it names none.</summary>
    public static JsonWebKey? SignerOf(string statement)
    {
        try
        {
            using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(statement.Split('.')[1]));
            return JsonWebKey.TryRead(payload.RootElement.GetProperty("signer"));
        }
        catch (Exception e) when (e is FormatException or JsonException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    private static bool Says(JwtClaims claims, ReadOnlySpan<byte> name, string value) =>
        claims.GetString(name, MaxChars, out var said) is ClaimState.Present && said == value;
}
