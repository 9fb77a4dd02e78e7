using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace IdJagBroker.Protocol.Tests.Jws;

/// <summary>
/// A deterministic stream of ID Tokens that are nearly right: an honest token with no, one or two changes, either made before
/// signing (so that the signature is right and the rules must decide) or made to the finished text.
/// </summary>
internal sealed class TokenMutator(int seed)
{
    public const string Issuer = "https://issuer.example";
    public const string Audience = "client-1";

    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "1", "-1", "1.5", "1e3", "1e400", "253402300799", "9223372036854775807", "99999999999999999999", "\"\"", "\" \"",
        "\"x\"", "\"1700000000\"", "\"4000000000\"", "\"client-1\"", "\"CLIENT-1\"", "\"https://issuer.example\"", "\"https://issuer.example/\"",
        "[]", "{}", "[\"client-1\"]", "[\"client-1\",\"x\"]", "[\"x\",\"client-1\"]", "[\"client-1\",1]", "[1]", "[null]", "[[\"client-1\"]]", "{\"a\":1,\"a\":2}",
        "\"a\\u0000b\"", "\"\\ud800\"", "\"\\u0063lient-1\"", "1000000000", "1700000000", "4000000000", "4000000000.0", "4e9", "01", "NaN", "'x'", "tru",
    ];

    private static readonly string[] Algorithms =
        ["none", "None", "HS256", "HS512", "ES384", "ES512", "PS256", "RS512", "es256", "RS256", "ES256", "ES256K", "EdDSA", "", "ES256 ", "RS256\\u0000"];

    private static readonly string[] HeaderExtras =
    [
        "\"jwk\":{}", "\"jku\":\"https://evil.example\"", "\"x5u\":\"https://evil.example\"", "\"x5c\":[\"AAAA\"]", "\"crit\":[\"exp\"]", "\"crit\":[]",
        "\"b64\":false", "\"zip\":\"DEF\"", "\"cty\":\"JWT\"", "\"typ\":\"at+jwt\"", "\"typ\":1", "\"alg\":\"none\"", "\"\\u0061lg\":\"none\"", "\"x\":{\"a\":1,\"a\":2}",
        "\"x\":1", "\"kid\":\"r1\"", "\"kid\":\"nobody\"", "\"x5t\":\"AAAA\"", "\"enc\":\"A128GCM\"", "\"epk\":{}", "\"\\ud800\":1",
    ];

    private readonly Random _random = new(seed);
    private bool _rsa;
    private byte[] _signed = [];
    private byte[] _signature = [];

    /// <summary>What was done to the last token, for the message of a failing test.</summary>
    public string Last { get; private set; } = "";

    public string Next()
    {
        Last = "";
        _rsa = _random.Next(4) is 0;
        List<(string Name, string Value)> header = [("alg", _rsa ? "\"RS256\"" : "\"ES256\""), ("kid", _rsa ? "\"r1\"" : "\"k1\""), ("typ", "\"JWT\"")];
        List<(string Name, string Value)> payload =
        [
            ("iss", $"\"{Issuer}\""), ("sub", "\"s\""), ("aud", $"\"{Audience}\""), ("iat", "1700000000"), ("exp", "4000000000"), ("nbf", "1700000000"), ("jti", "\"j\""),
        ];
        var changes = _random.Next(8) is 0 ? 0 : 1 + _random.Next(2);
        var late = 0;
        for (var i = 0; i < changes; i++)
        {
            if (_random.Next(3) is 0) late++;
            else if (_random.Next(5) < 2) ChangeHeader(header);
            else ChangeMembers(payload, "payload");
        }
        var token = Sign(Json(header, "header"), Json(payload, "payload"));
        for (var i = 0; i < late; i++) token = ChangeText(token);
        return token;
    }

    private void ChangeHeader(List<(string Name, string Value)> header)
    {
        switch (_random.Next(3))
        {
            case 0: header[0] = ("alg", Note("alg", $"\"{Pick(Algorithms)}\"")); break;
            case 1: header.Insert(_random.Next(header.Count + 1), (Note("header", Pick(HeaderExtras)), "")); break;
            default: ChangeMembers(header, "header"); break;
        }
    }

    private void ChangeMembers(List<(string Name, string Value)> members, string where)
    {
        if (members.Count is 0) return;
        var at = _random.Next(members.Count);
        var (name, _) = members[at];
        switch (_random.Next(6))
        {
            case 0: members.RemoveAt(at); Note(where, $"without {name}"); break;
            case 1: members.Insert(_random.Next(members.Count + 1), (name, Note(where, $"{name} twice ", Pick(Values)))); break;
            case 2: members[at] = (name.ToUpperInvariant(), members[at].Value); Note(where, $"{name} in capitals"); break;
            case 3: members.Add(("deep", Note(where, "deep ", Nested(_random.Next(1, 40))))); break;
            default: members[at] = (name, Note(where, $"{name} ", Pick(Values))); break;
        }
    }

    private byte[] Json(List<(string Name, string Value)> members, string where)
    {
        var text = "{" + string.Join(',', members.Select(m => m.Value.Length is 0 ? m.Name : $"\"{m.Name}\":{m.Value}")) + "}";
        var changed = _random.Next(60) switch
        {
            0 => " " + text + "\r\n", 1 => text + "x", 2 => text + text, 3 => "\ufeff" + text, 4 => "[" + text + "]", 5 => text[..^1] + ",}", 6 => text[..^1],
            7 => text.Replace(",", ", /* */", StringComparison.Ordinal), 8 => "", 9 => text.Replace('"', '\''), _ => text,
        };
        if (changed != text) Note(where, "json " + changed);
        var bytes = Encoding.UTF8.GetBytes(changed);
        if (bytes.Length > 0 && _random.Next(60) is 0) bytes[_random.Next(bytes.Length)] = byte.Parse(Note(where, "byte ", $"{_random.Next(256)}").Split(' ')[^1], CultureInfo.InvariantCulture);
        return bytes;
    }

    private string Sign(byte[] header, byte[] payload)
    {
        var input = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(payload)}";
        _signed = Encoding.ASCII.GetBytes(input);
        _signature = _random.Next(40) switch
        {
            0 => HMACSHA256.HashData(Forge.Rsa.ExportSubjectPublicKeyInfo(), _signed),
            1 => _rsa ? Forge.Ec.SignData(_signed, HashAlgorithmName.SHA256) : Rs256(),
            2 => Forge.Rsa.SignData(_signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
            3 => [],
            4 => new byte[_rsa ? 256 : 64],
            _ => _rsa ? Rs256() : Forge.Ec.SignData(_signed, HashAlgorithmName.SHA256),
        };
        return $"{input}.{Base64Url.EncodeToString(_signature)}";
    }

    private byte[] Rs256() => Forge.Rsa.SignData(_signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    private string ChangeText(string token)
    {
        var kind = _random.Next(12);
        Note("text", kind.ToString(CultureInfo.InvariantCulture));
        var at = _random.Next(token.Length);
        return kind switch
        {
            0 => token[..at] + (char)_random.Next(0x20, 0x7f) + token[(at + 1)..],
            1 => token[..at] + (char)_random.Next(0x200) + token[at..],
            2 => token.Remove(at, 1),
            3 => token + new string('=', _random.Next(1, 3)),
            4 => token.Insert(at, Pick([" ", "\n", "\t", "\r\n", "%20", "."])),
            5 => token.Replace(".", Pick(["=.", "==.", ". ", "..", ","]), StringComparison.Ordinal),
            6 => token.Replace('-', '+').Replace('_', '/'),
            7 => token[..^1] + (char)(token[^1] + 1),
            8 => token[..(token.LastIndexOf('.') + 1)] + Base64Url.EncodeToString(_signature.AsSpan(0, _random.Next(_signature.Length + 1))),
            9 => token[..(token.LastIndexOf('.') + 1)] + Base64Url.EncodeToString([.. _signature, .. new byte[_random.Next(1, 4)]]),
            10 => Pick(["Bearer ", " ", "", "."]) + token + Pick(["", " ", "\0", ".", ".AAAA", ".."]),
            _ => string.Join('.', token.Split('.').OrderBy(_ => _random.Next())),
        };
    }

    private static string Nested(int levels) => string.Concat(Enumerable.Repeat("[", levels)) + new string(']', levels);

    private string Note(string where, string what, string value = "")
    {
        Last += $"{where}: {what}{value}; ";
        return value.Length > 0 ? value : what;
    }

    private string Pick(string[] values) => values[_random.Next(values.Length)];
}
