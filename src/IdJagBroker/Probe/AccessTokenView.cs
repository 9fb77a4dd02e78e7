using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace IdJagBroker.Probe;

/// <summary>A JWT access token (RFC 9068) as a receiver would see it: decoded, not yet verified.</summary>
/// <param name="Text">The token.</param>
/// <param name="Header">Its header.</param>
/// <param name="Claims">Its claims.</param>
internal sealed record AccessTokenView(string Text, JsonElement Header, JsonElement Claims)
{
    /// <summary>The token, or null if it is opaque.</summary>
    public static AccessTokenView? Read(string token)
    {
        if (token.Split('.') is not [var header, var claims, _]) return null;
        return Part(header) is { } head && Part(claims) is { } body && TextIn(head, "alg") is not null ? new AccessTokenView(token, head, body) : null;
    }

    /// <summary>A claim that is a string.</summary>
    public string? Claim(string name) => TextIn(Claims, name);

    /// <summary>A claim that is a whole number.</summary>
    public long? Number(string name) => Claims.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;

    public bool Has(string name) => Claims.TryGetProperty(name, out _);

    /// <summary>The values of <c>aud</c>.</summary>
    public IReadOnlyList<string> Audiences => !Claims.TryGetProperty("aud", out var aud) ? []
        : aud.ValueKind is JsonValueKind.String ? [aud.GetString()!]
        : aud.ValueKind is JsonValueKind.Array ? [.. aud.EnumerateArray().Select(one => one.ValueKind is JsonValueKind.String ? one.GetString()! : "")] : [];

    /// <summary>Whether <c>cnf.jkt</c> is that thumbprint.</summary>
    public bool IsBoundTo(string thumbprint) => Claims.TryGetProperty("cnf", out var cnf) && cnf.ValueKind is JsonValueKind.Object
        && CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(TextIn(cnf, "jkt").AsSpan()), MemoryMarshal.AsBytes(thumbprint.AsSpan()));      // SEC-24: no exceptions to argue about

    /// <summary>A header member that is a string.</summary>
    public string? HeaderText(string name) => TextIn(Header, name);

    /// <summary>Never the token.</summary>
    public override string ToString() => "access token";

    private static string? TextIn(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    private static JsonElement? Part(string part)
    {
        try
        {
            return TokenAnswer.ObjectIn(Base64Url.DecodeFromChars(part));
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
