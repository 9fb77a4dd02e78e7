using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;

namespace IdJagBroker.TokenExchange;

/// <summary>
/// Makes the <c>jti</c> of a token that the log holds: its time, and behind it 160 random bits that nobody guesses (JAG-10). The time comes
/// first so that the log's index of them grows at its end; in hexadecimal because base64url does not sort like its bytes.
/// </summary>
internal static class JwtIds
{
    /// <summary>How long each is.</summary>
    public const int Chars = TimeChars + 27;

    private const int TimeChars = 12;
    private const int RandomBytes = 20;

    /// <summary>A new one, of a token that is made at that time.</summary>
    public static string Create(DateTimeOffset now) => string.Create(Chars, now.ToUnixTimeMilliseconds(), static (text, milliseconds) =>
    {
        milliseconds.TryFormat(text, out _, "x12", CultureInfo.InvariantCulture);
        Span<byte> random = stackalloc byte[RandomBytes];
        RandomNumberGenerator.Fill(random);
        Base64Url.EncodeToChars(random, text[TimeChars..]);
    });
}
