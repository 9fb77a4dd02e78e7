using System.Text.Json;
using System.Text.Json.Serialization;

namespace IdJagBroker.Demo.Walk;

/// <summary>The answer of a token endpoint to a redeemed code (OpenID Connect Core §3.1.3.3), or its refusal.</summary>
internal sealed record SignInTokens(
    [property: JsonPropertyName("id_token")] string? IdToken,
    [property: JsonPropertyName("access_token")] string? AccessToken,
    [property: JsonPropertyName("token_type")] string? TokenType,
    [property: JsonPropertyName("expires_in")] int? ExpiresIn,
    [property: JsonPropertyName("scope")] string? Scope,
    [property: JsonPropertyName("refresh_token")] string? RefreshToken,
    [property: JsonPropertyName("error")] string? Error)
{
    /// <summary>Reads the JSON.</summary>
    public static SignInTokens Parse(string json) => JsonSerializer.Deserialize<SignInTokens>(json)!;

    /// <summary>Never a token.</summary>
    public override string ToString() => Error ?? "tokens";
}
