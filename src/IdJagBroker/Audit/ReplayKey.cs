using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Audit;

/// <summary>
/// A thing that may be used once, across all replicas: its digest carries the kind and the issuer, so that one kind's <c>jti</c> is
/// never taken for another's (CVE-2026-4282).
/// </summary>
/// <param name="Kind">What it is, as the log says it.</param>
/// <param name="Digest">SHA-256 of kind, context and name.</param>
/// <param name="ExpiresAt">When nothing could repeat it any more.</param>
/// <param name="Refusal">What a second use is refused with.</param>
internal sealed record ReplayKey(string Kind, byte[] Digest, DateTimeOffset ExpiresAt, OAuthError Refusal)
{
    /// <summary>How many slots of expiry there are; each is a partition, emptied as a whole.</summary>
    public const int Slots = 16;

    /// <summary>How much time one slot covers. All slots together cover much more than the longest life of anything that may be used once.</summary>
    public static readonly TimeSpan SlotLength = TimeSpan.FromMinutes(5);

    /// <summary>
    /// In how many slots something can be that has not expired. The longest life is that of a DPoP proof which is five minutes ahead: ten
    /// minutes; with a skew before and after, and two slots that are only touched, four slots have it.
    /// </summary>
    public const int LiveSlots = 4;

    private static readonly OAuthError AssertionReplayed =
        OAuthError.InvalidClient("client authentication failed").Because("REQ_CLIENT_AUTH", "the client assertion was used before");

    private static readonly OAuthError ProofReplayed =
        OAuthError.InvalidDpopProof("the DPoP proof is not valid").Because("DPOP_PROOF_INVALID", "the proof was used before");

    private static readonly OAuthError ReceiptRepeated = OAuthError.InvalidRequest("the receipt was sent before");

    private static readonly OAuthError LogoutRepeated = OAuthError.InvalidRequest("the logout token was sent before");

    /// <summary>Where it is remembered.</summary>
    public short Slot => SlotOf(ExpiresAt);

    /// <summary>The slot of a time.</summary>
    public static short SlotOf(DateTimeOffset time) => (short)(time.ToUnixTimeSeconds() / (long)SlotLength.TotalSeconds % Slots);

    /// <summary>The first of the <see cref="LiveSlots"/> in which something can be that has not expired, as any replica's clock sees it: from one skew ago on.</summary>
    public static short FirstLiveSlot(DateTimeOffset now) => SlotOf(now - JwtTimes.Skew);

    /// <exception cref="ArgumentException">It lives longer than a use of it would be looked for.</exception>
    public void RefuseLongerLife(DateTimeOffset now)
    {
        if (ExpiresAt > now - JwtTimes.Skew + ((LiveSlots - 1) * SlotLength)) throw new ArgumentException($"A use of this {Kind} could not be remembered for so long.");
    }

    /// <summary>A client assertion (RFC 7523 §3): unique by client and <c>jti</c> until it expires.</summary>
    public static ReplayKey ClientAssertion(string clientId, string jwtId, DateTimeOffset expiresAt) =>
        new("client_assertion", DigestOf("client_assertion", clientId, jwtId), expiresAt, AssertionReplayed);

    /// <summary>A DPoP proof (RFC 9449 §11.1): unique by <c>htu</c> and <c>jti</c> while its age lets it be presented.</summary>
    public static ReplayKey DpopProof(string uri, string jwtId, DateTimeOffset expiresAt) =>
        new("dpop_proof", DigestOf("dpop_proof", uri, jwtId), expiresAt, ProofReplayed);

    /// <summary>The assertion by which an authorization server that brings receipts proves itself: none of a client's, whatever its <c>jti</c>.</summary>
    public static ReplayKey ReceiptAssertion(string issuer, string jwtId, DateTimeOffset expiresAt) =>
        new("receipt_assertion", DigestOf("receipt_assertion", issuer, jwtId), expiresAt, AssertionReplayed);

    /// <summary>A receipt: unique by authorization server, ID-JAG and the receipt's own id, for as long as the log may be behind.</summary>
    public static ReplayKey Receipt(string issuer, string jwtId, Guid id, DateTimeOffset expiresAt) =>
        new("receipt", DigestOf("receipt", issuer, $"{jwtId} {id:D}"), expiresAt, ReceiptRepeated);

    /// <summary>A logout token of an identity provider (OpenID Connect Back-Channel Logout §2.6): unique by issuer and <c>jti</c> while its age lets it be presented.</summary>
    public static ReplayKey LogoutToken(string issuer, string jwtId, DateTimeOffset expiresAt) =>
        new("logout_token", DigestOf("logout_token", issuer, jwtId), expiresAt, LogoutRepeated);

    // kind NUL context NUL name: no NUL is in any of them.
    private static byte[] DigestOf(string kind, string context, string name)
    {
        var longest = Encoding.UTF8.GetMaxByteCount(kind.Length + context.Length + name.Length + 2);
        var text = longest <= 2048 ? stackalloc byte[longest] : new byte[longest];
        var length = Encoding.UTF8.GetBytes(kind, text);
        text[length++] = 0;
        length += Encoding.UTF8.GetBytes(context, text[length..]);
        text[length++] = 0;
        length += Encoding.UTF8.GetBytes(name, text[length..]);
        return SHA256.HashData(text[..length]);
    }
}
