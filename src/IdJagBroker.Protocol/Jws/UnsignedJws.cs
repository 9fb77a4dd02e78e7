using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace IdJagBroker.Protocol.Jws;

/// <summary>
/// A JWS that is complete but for its signature. It exists so that the SHA-256 of what will be signed can be recorded before
/// anything is signed.
/// </summary>
public sealed class UnsignedJws
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic] private static ArrayBufferWriter<byte>? _payload;
    [ThreadStatic] private static Utf8JsonWriter? _writer;

    private readonly byte[] _token;      // the signing input, with room for the dot and the signature
    private readonly int _length;
    private byte[]? _hash;

    private UnsignedJws(byte[] token, int length, ISigningKey key) => (_token, _length, Key) = (token, length, key);

    /// <summary>The key whose <c>kid</c> the header names, and the only one that can sign this.</summary>
    public ISigningKey Key { get; }

    /// <summary>How long the token will be, in characters.</summary>
    internal int EncodedLength => _token.Length;

    /// <summary>SHA-256 of the signing input, 32 bytes; what the audit record holds.</summary>
    public ReadOnlyMemory<byte> SigningInputHash => _hash ??= SHA256.HashData(_token.AsSpan(0, _length));

    /// <summary>Writes header and claims.</summary>
    /// <param name="key">The key that will sign.</param>
    /// <param name="type">The <c>typ</c>.</param>
    /// <param name="claims">Passed to <paramref name="writeClaims"/>.</param>
    /// <param name="writeClaims">Writes the members of the payload; the braces are written here.</param>
    public static UnsignedJws Create<T>(ISigningKey key, string type, T claims, Action<T, Utf8JsonWriter> writeClaims)
    {
        var buffer = _payload ??= new ArrayBufferWriter<byte>(1024);
        var json = _writer ??= new Utf8JsonWriter(buffer, Compact);
        buffer.ResetWrittenCount();
        json.Reset(buffer);

        json.WriteStartObject();
        json.WriteString("alg"u8, key.Algorithm.Name);
        json.WriteString("typ"u8, type);
        json.WriteString("kid"u8, key.PublicKey.KeyId);
        json.WriteEndObject();
        json.Flush();
        var headerBytes = buffer.WrittenCount;
        json.Reset();
        json.WriteStartObject();
        writeClaims(claims, json);
        json.WriteEndObject();
        json.Flush();

        var header = buffer.WrittenSpan[..headerBytes];
        var payload = buffer.WrittenSpan[headerBytes..];
        var inputLength = Base64Url.GetEncodedLength(header.Length) + 1 + Base64Url.GetEncodedLength(payload.Length);
        var signatureBytes = key.PublicKey.SignatureBytes(key.Algorithm);
        var token = new byte[inputLength + 1 + Base64Url.GetEncodedLength(signatureBytes)];
        var at = Base64Url.EncodeToUtf8(header, token);
        token[at++] = (byte)'.';
        at += Base64Url.EncodeToUtf8(payload, token.AsSpan(at));
        return new UnsignedJws(token, at, key);
    }

    /// <summary>Signs, once: the token keeps this object's buffer. What a remote key throws when it is away passes through.</summary>
    /// <exception cref="CryptographicException">The key's answer is not a signature of its algorithm.</exception>
    public async ValueTask<EncodedJwt> SignAsync(CancellationToken ct)
    {
        // What was recorded is what is signed, where the algorithm's hash is the record's.
        var digest = Key.Algorithm.Hash == HashAlgorithmName.SHA256 ? SigningInputHash : SHA384.HashData(_token.AsSpan(0, _length));
        var signature = await Key.SignDigestAsync(digest, ct);
        return Seal(signature.Span);
    }

    private EncodedJwt Seal(ReadOnlySpan<byte> signature)
    {
        if (_length + 1 + Base64Url.GetEncodedLength(signature.Length) != EncodedLength)   // such as DER where r ‖ s is due
            throw new CryptographicException("The key's signature is not as long as its algorithm says.");
        _token[_length] = (byte)'.';
        Base64Url.EncodeToUtf8(signature, _token.AsSpan(_length + 1));
        return new EncodedJwt(_token);
    }
}
