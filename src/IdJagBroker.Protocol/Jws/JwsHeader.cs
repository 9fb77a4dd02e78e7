using System.Diagnostics.CodeAnalysis;

namespace IdJagBroker.Protocol.Jws;

/// <summary>What a protected header says (RFC 7515 §4): which rules to apply, never which key to trust.</summary>
public sealed class JwsHeader
{
    /// <summary>The longest <c>kid</c> read, in characters (SEC-12).</summary>
    public const int MaxKeyIdChars = 256;

    private JwsHeader(string algorithm, string? keyId, string? type, EmbeddedKey embedded) =>
        (AlgorithmName, KeyId, Type, Embedded) = (algorithm, keyId, type, embedded);

    /// <summary>The <c>alg</c> as given; it selects within what the verifier allows and never beyond.</summary>
    public string AlgorithmName { get; }

    /// <summary>The algorithm, or null if that name is none of ours (<c>none</c>, HMAC, unknown).</summary>
    public JwsAlgorithm? Algorithm => JwsAlgorithm.Find(AlgorithmName);

    /// <summary>An opaque value to compare with, or null.</summary>
    public string? KeyId { get; }

    /// <summary>The <c>typ</c>, or null.</summary>
    public string? Type { get; }

    /// <summary>The key that the token brings along: read of a DPoP proof only, in every other token its presence is refused.</summary>
    internal EmbeddedKey Embedded { get; }

    internal static bool TryParse(
        ReadOnlyMemory<byte> utf8, bool bringsKey, [NotNullWhen(true)] out JwsHeader? header, out JwsFailure failure)
    {
        header = null;
        failure = JwsFailure.HeaderMalformed;
        if (!bringsKey && FlatHeader.TryRead(utf8.Span, out var flat))
        {
            if (flat.KeyId is { Length: 0 or > MaxKeyIdChars } || flat.Type is { Length: > 128 }) return false;
            header = new JwsHeader(flat.Algorithm!, flat.KeyId, flat.Type, default);
            failure = JwsFailure.None;
            return true;
        }
        using var document = StrictJson.ParseObject(utf8);
        if (document is null) return false;

        string? algorithm = null, keyId = null, type = null;
        var embedded = default(EmbeddedKey);
        foreach (var member in document.RootElement.EnumerateObject())
        {
            if (member.NameEquals("alg"u8))
            {
                if ((algorithm = StrictJson.Text(member.Value, JwsAlgorithm.Names)) is null) return false;
            }
            else if (member.NameEquals("kid"u8))
            {
                if ((keyId = StrictJson.Text(member.Value)) is not { Length: > 0 and <= MaxKeyIdChars }) return false;
            }
            else if (member.NameEquals("typ"u8))
            {
                if ((type = StrictJson.Text(member.Value, JwtType.Common)) is not { Length: <= 128 }) return false;
            }
            else if (bringsKey && member.NameEquals("jwk"u8))
            {
                embedded = EmbeddedKey.Read(member.Value);
            }
            else if (member.NameEquals("jwk"u8) || member.NameEquals("jku"u8) || member.NameEquals("x5u"u8) || member.NameEquals("x5c"u8)
                || member.NameEquals("crit"u8) || member.NameEquals("b64"u8) || member.NameEquals("zip"u8) || member.NameEquals("cty"u8))
            {
                failure = JwsFailure.HeaderForbidden;
                return false;
            }
        }
        if (algorithm is null) return false;
        header = new JwsHeader(algorithm, keyId, type, embedded);
        failure = JwsFailure.None;
        return true;
    }
}
