using System.Buffers;
using System.Text;

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
    private readonly List<KeyValuePair<string, string>> _parameters;

    private OAuthForm(List<KeyValuePair<string, string>> parameters) => _parameters = parameters;

    /// <summary>The value of a parameter, or null if it is absent or empty; of a repeated one, the first.</summary>
    public string? this[string name]
    {
        get
        {
            foreach (var (key, value) in _parameters)
                if (string.Equals(key, name, StringComparison.Ordinal)) return value;
            return null;
        }
    }

    /// <summary>Every value of a parameter that may repeat.</summary>
    public IReadOnlyList<string> All(string name)
    {
        var count = 0;
        foreach (var (key, _) in _parameters) count += string.Equals(key, name, StringComparison.Ordinal) ? 1 : 0;
        if (count is 0) return [];
        var values = new string[count];
        count = 0;
        foreach (var (key, value) in _parameters)
            if (string.Equals(key, name, StringComparison.Ordinal)) values[count++] = value;
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
        var parameters = new List<KeyValuePair<string, string>>(12);
        foreach (var range in body.Split((byte)'&'))
        {
            var pair = body[range];
            if (pair.IsEmpty) continue;
            var equals = pair.IndexOf((byte)'=');
            if (!TryDecode(equals < 0 ? pair : pair[..equals], scratch, out var name)
                || !TryDecode(equals < 0 ? [] : pair[(equals + 1)..], scratch, out var value))
                return OAuthError.InvalidRequest("the form is not well encoded");
            if (value.Length is 0) continue;                                            // RFC 6749 §3.2: as if omitted
            if (parameters.Count == MaxParameters) return OAuthError.RequestTooLarge("too many parameters");
            if (name is not ("audience" or "resource") && Has(parameters, name))
                return OAuthError.InvalidRequest("a parameter is given more than once");
            parameters.Add(new(name, value));
        }
        return new OAuthForm(parameters);
    }

    private static bool Has(List<KeyValuePair<string, string>> parameters, string name)
    {
        foreach (var (key, _) in parameters)
            if (string.Equals(key, name, StringComparison.Ordinal)) return true;
        return false;
    }

    private static bool TryDecode(ReadOnlySpan<byte> encoded, Span<byte> scratch, out string text)
    {
        var length = 0;
        text = "";
        for (var i = 0; i < encoded.Length; i++)
        {
            var b = encoded[i];
            if (b is (byte)'%')
            {
                if (i + 2 >= encoded.Length) return false;
                var high = HexValue(encoded[i + 1]);
                var low = HexValue(encoded[i + 2]);
                if (high < 0 || low < 0) return false;
                b = (byte)((high << 4) | low);
                i += 2;
            }
            else if (b is (byte)'+') b = (byte)' ';
            if (b is 0) return false;
            scratch[length++] = b;
        }
        if (!System.Text.Unicode.Utf8.IsValid(scratch[..length])) return false;
        text = WireWords.Find(scratch[..length]) ?? StrictUtf8.GetString(scratch[..length]);
        return true;
    }

    private static int HexValue(byte b) => b switch
    {
        >= (byte)'0' and <= (byte)'9' => b - '0',
        >= (byte)'a' and <= (byte)'f' => b - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => b - 'A' + 10,
        _ => -1,
    };
}
