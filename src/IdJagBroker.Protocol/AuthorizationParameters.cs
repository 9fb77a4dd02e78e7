using System.Text;

namespace IdJagBroker.Protocol;

/// <summary>
/// The parameters of a request at the authorization endpoint (RFC 6749 §3.1), from the query or a form. Unlike at the token endpoint a repeated one does not end the
/// reading: the client is told of it where it wants to be answered, if client and address are not in doubt themselves.
/// </summary>
public sealed class AuthorizationParameters
{
    /// <summary>The longest query or body read, in bytes.</summary>
    public const int MaxBytes = 16 * 1024;

    /// <summary>The most parameters read.</summary>
    public const int MaxParameters = 64;

    private readonly Dictionary<string, List<string>> _values;

    private AuthorizationParameters(Dictionary<string, List<string>> values) => _values = values;

    /// <summary>The value of a parameter; null if it is absent, empty (RFC 6749 §3.1), or there more than once.</summary>
    public string? this[string name] => _values.TryGetValue(name, out var values) && values is [var only] ? only : null;

    /// <summary>Every value of a parameter that may repeat.</summary>
    public IReadOnlyList<string> All(string name) => _values.TryGetValue(name, out var values) ? values : [];

    /// <summary>A parameter that is there more than once and must not be (only <c>resource</c> may, RFC 8707 §2), or null.</summary>
    public string? Repeated => _values.FirstOrDefault(parameter => parameter.Value.Count > 1 && parameter.Key is not "resource").Key;

    /// <summary>Reads them; null if they are too long, too many or badly encoded, so that nobody can be told but the person.</summary>
    public static AuthorizationParameters? Parse(ReadOnlySpan<byte> encoded)
    {
        if (encoded.Length > MaxBytes) return null;
        var values = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        var count = 0;
        foreach (var range in encoded.Split((byte)'&'))
        {
            var pair = encoded[range];
            if (pair.IsEmpty) continue;
            var equals = pair.IndexOf((byte)'=');
            if (FormEncoding.Decode(equals < 0 ? pair : pair[..equals]) is not { } name) return null;
            if (FormEncoding.Decode(equals < 0 ? [] : pair[(equals + 1)..]) is not { } value) return null;
            if (++count > MaxParameters) return null;
            if (value.Length is 0) continue;
            if (!values.TryGetValue(name, out var known)) values[name] = known = [];
            known.Add(value);
        }
        return new AuthorizationParameters(values);
    }
}

/// <summary><c>application/x-www-form-urlencoded</c>, strictly.</summary>
file static class FormEncoding
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>Null for a broken escape, text that is not UTF-8, or a NUL.</summary>
    public static string? Decode(ReadOnlySpan<byte> encoded)
    {
        var decoded = new byte[encoded.Length];
        var length = 0;
        for (var i = 0; i < encoded.Length; i++)
        {
            var b = encoded[i];
            if (b is (byte)'+') b = (byte)' ';
            else if (b is (byte)'%')
            {
                if (i + 2 >= encoded.Length || !byte.TryParse(encoded.Slice(i + 1, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out b)) return null;
                i += 2;
            }
            if (b is 0) return null;
            decoded[length++] = b;
        }
        var text = decoded.AsSpan(0, length);
        return System.Text.Unicode.Utf8.IsValid(text) ? StrictUtf8.GetString(text) : null;
    }
}
