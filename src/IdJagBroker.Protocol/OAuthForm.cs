using System.Buffers;
using System.Text;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Protocol;

/// <summary>
/// The parameters of a token request (RFC 6749 §3.2, appendix B), read strictly once: an empty value is absent, and only
/// <c>audience</c> and <c>resource</c> may repeat (RFC 8693 §2.1, RFC 8707 §2).
/// </summary>
public sealed class OAuthForm
{
    /// <summary>The largest body read, in bytes (SEC-09).</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>The most parameters read (SEC-09).</summary>
    public const int MaxParameters = 64;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);
    private readonly List<Parameter> _parameters;

    private OAuthForm(List<Parameter> parameters) => _parameters = parameters;

    /// <summary>The value of a parameter, or null if it is absent or empty; of a repeated one, the first.</summary>
    public string? this[string name]
    {
        get
        {
            foreach (var parameter in _parameters)
                if (string.Equals(parameter.Name, name, StringComparison.Ordinal)) return parameter.Text;
            return null;
        }
    }

    /// <summary>A token that a parameter carries, as the bytes that came; null if it is absent or empty. Not yet known to be a JWT.</summary>
    public EncodedJwt? Token(string name)
    {
        foreach (var parameter in _parameters)
            if (string.Equals(parameter.Name, name, StringComparison.Ordinal)) return parameter.Token;
        return null;
    }

    /// <summary>Every value of a parameter that may repeat.</summary>
    public IReadOnlyList<string> All(string name)
    {
        var count = 0;
        foreach (var parameter in _parameters) count += string.Equals(parameter.Name, name, StringComparison.Ordinal) ? 1 : 0;
        if (count is 0) return [];
        var values = new string[count];
        count = 0;
        foreach (var parameter in _parameters)
            if (string.Equals(parameter.Name, name, StringComparison.Ordinal)) values[count++] = parameter.Text;
        return values;
    }

    /// <summary>Whether a <c>Content-Type</c> says form; a charset other than UTF-8 does not (IDP-02).</summary>
    public static bool IsForm(string? contentType)
    {
        if (contentType is null) return false;
        if (contentType.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase)) return true;
        var parts = contentType.Split(';', StringSplitOptions.TrimEntries);
        return parts[0].Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase)
            && parts.Skip(1).All(p => !p.StartsWith("charset", StringComparison.OrdinalIgnoreCase)
                || p.Equals("charset=utf-8", StringComparison.OrdinalIgnoreCase) || p.Equals("charset=\"utf-8\"", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Refuses with <c>invalid_request</c>: too large, too many, broken encoding, a parameter twice. Never throws on client input.</summary>
    public static OAuthResult<OAuthForm> Parse(ReadOnlySpan<byte> body)
    {
        if (body.Length > MaxBytes) return OAuthError.RequestTooLarge("the request body is too large");
        var scratch = ArrayPool<byte>.Shared.Rent(body.Length);
        try
        {
            return Parse(body, scratch);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch, clearArray: true);       // it held tokens and secrets
        }
    }

    private static OAuthResult<OAuthForm> Parse(ReadOnlySpan<byte> body, Span<byte> scratch)
    {
        var parameters = new List<Parameter>(Math.Min(body.Count((byte)'&') + 1, MaxParameters));
        foreach (var range in body.Split((byte)'&'))
        {
            var pair = body[range];
            if (pair.IsEmpty) continue;
            var equals = pair.IndexOf((byte)'=');
            if (!TryDecode(equals < 0 ? pair : pair[..equals], scratch, out var length)) return BadlyEncoded();
            var name = Text(scratch[..length]);
            if (!TryDecode(equals < 0 ? [] : pair[(equals + 1)..], scratch, out length)) return BadlyEncoded();
            if (length is 0) continue;                                            // RFC 6749 §3.2: as if omitted
            if (parameters.Count == MaxParameters) return OAuthError.RequestTooLarge("too many parameters");
            if (name is not ("audience" or "resource") && Has(parameters, name))
                return OAuthError.InvalidRequest("a parameter is given more than once");
            // A token stays in its bytes: it is parsed once, and as text it would be twice as large.
            parameters.Add(name is "subject_token" or "client_assertion" or "assertion"
                ? new(name, null, scratch[..length].ToArray())
                : new(name, Text(scratch[..length]), null));
        }
        return new OAuthForm(parameters);
    }

    private static OAuthError BadlyEncoded() => OAuthError.InvalidRequest("the form is not well encoded");

    private static bool Has(List<Parameter> parameters, string name)
    {
        foreach (var parameter in parameters)
            if (string.Equals(parameter.Name, name, StringComparison.Ordinal)) return true;
        return false;
    }

    private static string Text(ReadOnlySpan<byte> utf8) => WireWords.Find(utf8) ?? StrictUtf8.GetString(utf8);

    private static bool TryDecode(ReadOnlySpan<byte> encoded, Span<byte> scratch, out int length)
    {
        length = 0;
        while (true)
        {
            var plain = encoded.IndexOfAny((byte)'%', (byte)'+', (byte)0);      // a token has none of them
            if (plain < 0) plain = encoded.Length;
            encoded[..plain].CopyTo(scratch[length..]);
            length += plain;
            encoded = encoded[plain..];
            if (encoded.IsEmpty) return System.Text.Unicode.Utf8.IsValid(scratch[..length]);
            if (!TryDecodeOne(ref encoded, out var b) || b is 0) return false;
            scratch[length++] = b;
        }
    }

    private static bool TryDecodeOne(ref ReadOnlySpan<byte> encoded, out byte decoded)
    {
        decoded = encoded[0] is (byte)'+' ? (byte)' ' : encoded[0];
        if (encoded[0] is not (byte)'%')
        {
            encoded = encoded[1..];
            return true;
        }
        if (encoded.Length < 3) return false;
        var (high, low) = (HexValue(encoded[1]), HexValue(encoded[2]));
        decoded = (byte)((high << 4) | low);
        encoded = encoded[3..];
        return high >= 0 && low >= 0;
    }

    private static int HexValue(byte b) => b switch
    {
        >= (byte)'0' and <= (byte)'9' => b - '0',
        >= (byte)'a' and <= (byte)'f' => b - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => b - 'A' + 10,
        _ => -1,
    };

    /// <summary>A name with its value, in one of two forms.</summary>
    private readonly record struct Parameter(string Name, string? Value, byte[]? Utf8)
    {
        public string Text => Value ?? StrictUtf8.GetString(Utf8!);

        public EncodedJwt Token => new(Utf8 ?? StrictUtf8.GetBytes(Value!));
    }
}
