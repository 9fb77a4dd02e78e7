using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using IdJagBroker.Keys.Sealing;

namespace IdJagBroker.SignIn.Grants;

/// <summary>
/// The access token that comes with an ID Token: opaque, for the userinfo endpoint and nothing else. It holds what it is for under the server's seal; whether that is
/// still so, the grant and the session say.
/// </summary>
/// <param name="Grant">Whose.</param>
/// <param name="ExpiresAt">Until when.</param>
/// <param name="KeyThumbprint">The key that it is bound to, or null.</param>
internal sealed record SignInAccessToken(Guid Grant, DateTimeOffset ExpiresAt, string? KeyThumbprint)
{
    private const int MaxChars = 1024;
    private const string Prefix = "idjag_at_";
    private const string Purpose = "userinfo access token";

    public string Seal(SealingKeyRing keys) => Prefix + Base64Url.EncodeToString(keys.Seal(JsonSerializer.SerializeToUtf8Bytes(this), Purpose));

    /// <summary>Reads one that was made here, expired or not.</summary>
    public static bool TryOpen(SealingKeyRing keys, string text, [NotNullWhen(true)] out SignInAccessToken? token)
    {
        token = null;
        if (text.Length > MaxChars || !text.StartsWith(Prefix, StringComparison.Ordinal) || !Base64Url.IsValid(text.AsSpan(Prefix.Length))) return false;
        if (keys.Open(Base64Url.DecodeFromChars(text.AsSpan(Prefix.Length)), Purpose) is not { } utf8) return false;
        token = JsonSerializer.Deserialize<SignInAccessToken>(utf8);
        return token is not null;
    }
}
