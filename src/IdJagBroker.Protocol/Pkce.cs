using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace IdJagBroker.Protocol;

/// <summary>Proof Key for Code Exchange (RFC 7636), <c>S256</c> alone: who redeems a code is who began the sign-in.</summary>
public static class Pkce
{
    /// <summary>The one method; <c>plain</c> would show the verifier to whoever sees the request (RFC 9700 §2.1.1).</summary>
    public const string Method = "S256";

    /// <summary>How long a challenge is, in characters: 32 bytes in base64url.</summary>
    public const int ChallengeChars = 43;

    private const int MinVerifierChars = 43;
    private const int MaxVerifierChars = 128;

    /// <summary>A new verifier: 256 random bits.</summary>
    public static string NewVerifier() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>The challenge of a verifier (RFC 7636 §4.2).</summary>
    public static string ChallengeOf(string verifier) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));

    /// <summary>Whether it could be a challenge: the hash of something.</summary>
    public static bool IsChallenge(string challenge) => challenge.Length is ChallengeChars && Base64Url.IsValid(challenge) && !challenge.Contains('=');

    /// <summary>Whether it could be a verifier (RFC 7636 §4.1).</summary>
    public static bool IsVerifier(string verifier) =>
        verifier.Length is >= MinVerifierChars and <= MaxVerifierChars && verifier.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~');

    /// <summary>Whether a challenge was made of that verifier (RFC 7636 §4.6). False for what is no verifier.</summary>
    public static bool Verify(string verifier, string challenge) =>
        IsVerifier(verifier) && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(ChallengeOf(verifier)), Encoding.ASCII.GetBytes(challenge));
}
