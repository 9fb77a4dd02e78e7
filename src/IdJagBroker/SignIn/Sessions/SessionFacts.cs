using System.Text.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Keys.Sealing;

namespace IdJagBroker.SignIn.Sessions;

/// <summary>What a provider said of a person: the claims of its ID Token, verified when they came, and the refresh token to ask again with. Only ever kept sealed.</summary>
/// <param name="Issuer">The token's <c>iss</c>.</param>
/// <param name="Claims">The claims, as JSON.</param>
/// <param name="RefreshToken">Null if the provider gave none.</param>
internal sealed record SessionFacts(string Issuer, string Claims, string? RefreshToken)
{
    /// <summary>For the row of one session, and no other.</summary>
    public byte[] Seal(SealingKeyRing keys, string sid) => keys.Seal(JsonSerializer.SerializeToUtf8Bytes(new JsonObject
    {
        ["iss"] = Issuer, ["claims"] = Claims, ["refresh_token"] = RefreshToken,
    }), Purpose(sid));

    /// <summary>Null if it was sealed for another session, or elsewhere.</summary>
    public static SessionFacts? Open(SealingKeyRing keys, string sid, byte[] input)
    {
        if (keys.Open(input, Purpose(sid)) is not { } utf8) return null;
        var json = JsonNode.Parse(utf8)!;
        return new SessionFacts((string)json["iss"]!, (string)json["claims"]!, (string?)json["refresh_token"]);
    }

    /// <summary>Never a claim, and never the token.</summary>
    public override string ToString() => $"what {Issuer} said";

    private static string Purpose(string sid) => $"session facts {sid}";
}
